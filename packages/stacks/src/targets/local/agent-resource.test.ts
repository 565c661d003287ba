import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { scratchDirectory } from "../../testing/scratch-directory.ts"
import { agentHandler } from "./agent-resource.ts"

it("touches nothing that is not below its own environment, whatever the engine's state names", async () => {
  const root = scratchDirectory()
  const own = { state: join(root, "copy"), run: join(root, "run"), cache: join(root, "cache") }
  const foreign = [join(root, "original", "witness"), `${own.state}-sibling`, join(own.state, "..", "other"), own.state]
  for (const directory of foreign) {
    mkdirSync(directory, { recursive: true })
    const outputs = { spec: JSON.stringify({ directory, socket: join(own.run, "witness") }) }
    const removing = agentHandler(own, () => {}).delete("id", outputs, AbortSignal.timeout(5_000))
    await expect(removing).rejects.toMatchObject({ code: "STATE_FOREIGN" })
    expect(existsSync(directory)).toBe(true)
  }
})
