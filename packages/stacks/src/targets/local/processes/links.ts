import { readFileSync } from "node:fs"
import { Forwarder } from "../links/forwarder.ts"
import { LinkSettings } from "../links/link.ts"
import { serveLinkControl } from "../links/link-control.ts"
import { runChild } from "./run-child.ts"

await runChild(async tell => {
  const { links, control } = LinkSettings.parse(JSON.parse(readFileSync(process.env["CHATOPS_SETTINGS"] ?? "", "utf8")))
  const forwarders = links.map(link => new Forwarder(link))
  await Promise.all(forwarders.map(forwarder => forwarder.listen()))
  // Only drills need it: a region without it goes on.
  await serveLinkControl(forwarders, control).catch((error: Error) => {
    process.stderr.write(`links cannot be cut: ${error.message}\n`)
  })
  tell({ type: "readiness", ready: true, reasons: [] })
  return () => {
    for (const forwarder of forwarders) forwarder.close()
  }
})
