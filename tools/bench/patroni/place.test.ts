import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { expect, it as test } from "vitest"
import { makePlace } from "./place.ts"
import { noneLeftIn, processesIn, signalAllIn } from "./processes.ts"

// Debian's programs are started on Linux only.
const it = test.runIf(process.platform === "linux")
const sleeper = ["-c", "sleep 600 & sleep 600"]

it("reaches every process that works in a directory, and none besides", async () => {
  using place = makePlace()
  const [near, far] = [place.directory("a"), place.directory("ab")]
  const shell = place.start(near, "/bin/sh", sleeper)
  place.start(far, "/bin/sh", sleeper)
  await expect.poll(() => [near, far].map(directory => processesIn(directory).length)).toEqual([3, 3])
  const exited = once(shell, "exit")
  signalAllIn(near, "SIGKILL")
  expect((await exited)[1]).toBe("SIGKILL")
  await noneLeftIn(near)
  expect(processesIn(far)).toHaveLength(3)
})

it("leaves nothing when it is disposed of, of processes that stand still neither", async () => {
  const place = makePlace()
  const home = place.directory("a")
  place.start(home, "/bin/sh", sleeper)
  await expect.poll(() => processesIn(home).length).toBe(3)
  signalAllIn(home, "SIGSTOP")
  place[Symbol.dispose]()
  expect(processesIn(place.root)).toEqual([])
  expect(existsSync(place.root)).toBe(false)
}, 30_000)

it.each(["SIGINT", "SIGTERM"] as const)(
  "leaves nothing when %s ends the benchmark",
  async signal => {
    const program = `
    import { makePlace } from ${JSON.stringify(new URL("place.ts", import.meta.url).href)}
    const place = makePlace()
    const home = place.directory("a")
    place.start(home, "/bin/sh", ${JSON.stringify(sleeper)}).once("spawn", () => console.log(home))
    setInterval(() => {}, 1_000)`
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const exited = once(child, "exit")
    const home = String(((await once(child.stdout, "data")) as [Buffer])[0]).trim()
    await expect.poll(() => processesIn(home).length).toBe(3)
    child.kill(signal)
    expect((await exited)[1]).toBe(signal)
    expect(processesIn(home)).toEqual([])
    expect(existsSync(dirname(home))).toBe(false)
  },
  30_000,
)
