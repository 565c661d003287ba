import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ProcessMessage, ReplicaSettings } from "../contract/index.ts"
import { freePort } from "./free-port.ts"

/** A replica as a process of its own, as a supervisor starts it. */
export interface ReplicaProcess {
  readonly url: string
  readonly child: ChildProcess
  readonly messages: readonly ProcessMessage[]
  /** Settles when such a message comes, or came before. */
  message(matches: (message: ProcessMessage) => boolean): Promise<ProcessMessage>
  /** Settles with its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>
  /** `kill -9` unless told otherwise; settles when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

export async function startReplicaProcess(settings: ReplicaSettings, password: string): Promise<ReplicaProcess> {
  const started = await spawnReplica(settings, password)
  await started.message(message => message.type === "readiness" && message.ready)
  return started
}

/** The same without waiting for it to become ready. */
export async function spawnReplica(settings: ReplicaSettings, password: string): Promise<ReplicaProcess> {
  const directory = mkdtempSync(join(tmpdir(), "chatops-replica-"))
  const passwordFile = join(directory, "password")
  writeFileSync(passwordFile, password)
  const listen = settings.listen.port === 1 ? { host: "127.0.0.1", port: await freePort() } : settings.listen
  const file = join(directory, "settings.json")
  writeFileSync(file, JSON.stringify({ ...settings, listen, database: { ...settings.database, passwordFile } }))
  const child = spawn(process.execPath, [join(import.meta.dirname, "../processes/replica.ts")], {
    env: { CHATOPS_SETTINGS: file },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  const exited = once(child, "exit").then(([code, signal]) => code ?? signal)
  void exited.then(() => rmSync(directory, { recursive: true, force: true }))
  return observed(child, `http://${listen.host}:${listen.port}`, exited)
}

function observed(child: ChildProcess, url: string, exited: ReplicaProcess["exited"]): ReplicaProcess {
  const messages: ProcessMessage[] = []
  child.on("message", message => messages.push(message as ProcessMessage))
  return {
    url,
    child,
    messages,
    exited,
    message(matches) {
      const { promise, resolve, reject } = Promise.withResolvers<ProcessMessage>()
      const look = () => {
        const found = messages.find(matches)
        if (found !== undefined) resolve(found)
      }
      child.on("message", look)
      void exited.then(code => reject(new Error(`The replica ended with ${code}: ${JSON.stringify(messages)}`)))
      look()
      return promise.finally(() => child.off("message", look))
    },
    async kill(signal = "SIGKILL") {
      child.kill(signal)
      await exited
    },
  }
}
