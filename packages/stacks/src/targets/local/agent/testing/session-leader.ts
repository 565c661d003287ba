import { SupervisedProcess } from "../supervised-process.ts"

/** Run detached, as an agent is, with a log file: it supervises a child that is ready from SIGUSR2 on, and writes its pid. */
const code = `process.on("SIGUSR2", () => process.send({ type: "readiness", ready: true, reasons: [] }));
  process.on("disconnect", () => process.exit()); setInterval(() => {}, 1000); process.send({ type: "listening" })`

const supervised = new SupervisedProcess({
  name: "child",
  command: process.execPath,
  args: ["-e", code],
  environment: {},
  logFile: process.argv[2] ?? "",
  stopDeadline: 5_000,
  yields: Number(process.argv[3]),
})
// From then on it hears signals.
supervised.on("change", () => supervised.state.status === "running" && !supervised.state.ready && tell())
supervised.start()

function tell(): void {
  process.stdout.write(`${supervised.state.pid}\n`)
}
