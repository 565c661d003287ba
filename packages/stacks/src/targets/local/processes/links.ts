import { readFileSync } from "node:fs"
import { Forwarder } from "../links/forwarder.ts"
import { LinkSettings } from "../links/link.ts"
import { runChild } from "./run-child.ts"

await runChild(async tell => {
  const { links } = LinkSettings.parse(JSON.parse(readFileSync(process.env["CHATOPS_SETTINGS"] ?? "", "utf8")))
  const forwarders = links.map(link => new Forwarder(link))
  await Promise.all(forwarders.map(forwarder => forwarder.listen()))
  tell({ type: "readiness", ready: true, reasons: [] })
  return () => {
    for (const forwarder of forwarders) forwarder.close()
  }
})
