import { spawn } from "node:child_process"
import { root } from "./root.mjs"

/**
 * Runs a program in the checkout and shows what it prints. `quiet` keeps its output back and shows it only if it fails.
 * A signal to this process reaches the program too. Rejects with its exit code.
 */
export function run(command, args, { quiet = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    })
    const output = []
    child.stdout?.on("data", chunk => output.push(chunk))
    child.stderr?.on("data", chunk => output.push(chunk))
    // A terminal sends Ctrl-C to the program by itself; this process only has to outlive it.
    const wait = () => {}
    const pass = () => child.kill("SIGTERM")
    process.on("SIGINT", wait).on("SIGTERM", pass)
    child.once("error", reject)
    child.once("close", (code, signal) => {
      process.off("SIGINT", wait).off("SIGTERM", pass)
      if (code === 0) return resolve()
      process.stderr.write(Buffer.concat(output))
      reject(
        Object.assign(new Error(`${command} ${args.slice(0, 3).join(" ")} ended with ${signal ?? code}`), {
          exitCode: code ?? 130,
        }),
      )
    })
  })
}
