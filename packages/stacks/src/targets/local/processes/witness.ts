import { readFileSync } from "node:fs"
import { Register } from "@chatops/runtime/contract"
import * as z from "zod"
import { serveRegister } from "../witness/register-server.ts"
import { RegisterStore } from "../witness/register-store.ts"
import { runChild } from "./run-child.ts"

export const WitnessSettings = z.strictObject({
  port: z.int(),
  file: z.string(),
  tokenFile: z.string(),
  initial: Register,
})

await runChild(async tell => {
  const settings = WitnessSettings.parse(JSON.parse(readFileSync(process.env["CHATOPS_SETTINGS"] ?? "", "utf8")))
  const store = await RegisterStore.open(settings.file, settings.initial)
  const server = await serveRegister(store, readFileSync(settings.tokenFile, "utf8").trim(), settings.port)
  tell({ type: "readiness", ready: true, reasons: [] })
  return () => server.close()
})
