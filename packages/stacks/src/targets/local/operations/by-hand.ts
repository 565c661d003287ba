import { join } from "node:path"
import type { Register } from "@chatops/runtime/contract"
import type { Environment } from "../../../environment.ts"
import type { TargetByHand } from "../../../target.ts"
import { agentSocket } from "../agent/agent-socket.ts"
import { partPaths } from "../layout.ts"
import { claimPatience, leavePatience, patience } from "./claim.ts"

/** What the commands ask of agents and files, asked with a shell. */
export function localByHand({ directories }: Environment): TargetByHand {
  const place = (region: string) => partPaths(directories, { kind: "region", region })
  const ask = async (region: string, path: string, body?: object) => {
    const data = body === undefined ? "" : ` -d '${JSON.stringify(body)}'`
    return `curl -sS --fail-with-body --unix-socket ${quoted(await agentSocket(place(region)))}${data} http://agent${path}`
  }
  const claim = (region: string, patience: number, accepts: Register["claim"]) =>
    ask(region, "/admin/claim", { patience, accepts })
  return {
    register: () => [`cat ${quoted(join(partPaths(directories, { kind: "witness" }).directory, "register.json"))}`],
    region: async region => [await ask(region, "/state")],
    claim: async (region, { accepts = "in-sync" } = {}) => [await claim(region, patience, accepts)],
    handOver: async ({ from, to }) => [
      await ask(from, "/admin/leave", { to, patience: leavePatience, claimPatience }),
      await claim(to, claimPatience, "in-sync"),
    ],
  }
}

const quoted = (text: string): string => (/^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
