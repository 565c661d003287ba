import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { scratchDirectory } from "../testing/scratch-directory.ts"
import { loadConfig } from "./load-config.ts"
import { parseConfig } from "./parse-config.ts"
import { releaseId } from "./release.ts"
import { configMemory } from "./remembered-config.ts"
import { sample, sampleWith } from "./testing/sample.ts"

let app: string
let kept: string

beforeEach(() => {
  const cache = scratchDirectory()
  kept = join(cache, "config")
  vi.stubEnv("CHATOPS_CACHE", cache)
  onTestFinished(() => void vi.unstubAllEnvs())
  app = scratchDirectory()
  write("chatops.yaml", sample)
  write("prompts/support.md", "Be kind.\n")
})

function write(path: string, contents: string) {
  mkdirSync(dirname(join(app, path)), { recursive: true })
  writeFileSync(join(app, path), contents)
}

describe("a remembered configuration", () => {
  it("is what reading it again would give, to the release's id", async () => {
    const [first, second] = [
      await loadConfig(app, configMemory("a build")),
      await loadConfig(app, configMemory("a build")),
    ]
    expect(readdirSync(kept)).toHaveLength(1)
    expect(second).toEqual(first)
    expect(second).toEqual(await loadConfig(app))
    expect(releaseId(second, "1")).toBe(releaseId(first, "1"))
    // Keys that the file leaves out are where the two could differ.
    const sparse = sampleWith("  parameters: { temperature: 0.2, top_p: 0.9, max-output-tokens: 400 }\n", "")
    const memory = configMemory("a build")
    memory.remember(sparse, parseConfig(sparse))
    const [parsed, recalled] = [parseConfig(sparse), memory.recall(sparse)]
    expect(recalled).toEqual(parsed)
    const chat = ({ chat: { prompt: _, ...rest } }: typeof parsed) => ({ chat: rest })
    expect(releaseId(chat(recalled ?? parsed), "1")).toBe(releaseId(chat(parsed), "1"))
  })

  it("is the same text's in the same build only", () => {
    configMemory("a build").remember(sample, parseConfig(sample))
    expect(configMemory("a build").recall(sample)?.app).toBe("support-bot")
    expect(configMemory("a build").recall(`${sample} `)).toBeUndefined()
    expect(configMemory("another build").recall(sample)).toBeUndefined()
    expect(configMemory(undefined).recall(sample)).toBeUndefined()
  })

  it("spares the parser", async () => {
    const memory = configMemory("a build")
    memory.remember(sample, { ...parseConfig(sample), app: "remembered" as never })
    expect((await loadConfig(app, memory)).app).toBe("remembered")
  })

  it("holds no prompt: that is read each time, and missed with its line", async () => {
    const memory = configMemory("a build")
    await loadConfig(app, memory)
    write("prompts/support.md", "Be brief.\n")
    expect((await loadConfig(app, memory)).chat.prompt?.text).toBe("Be brief.\n")
    rmSync(join(app, "prompts/support.md"))
    await expect(loadConfig(app, memory)).rejects.toMatchObject({
      code: "CONFIG_PROMPT_UNREADABLE",
      details: { problems: [{ line: 4 }] },
    })
  })

  it("is none where a file was refused", async () => {
    write("chatops.yaml", sampleWith("ip-hash", "random"))
    await expect(loadConfig(app, configMemory("a build"))).rejects.toMatchObject({ code: "CONFIG_INVALID" })
    expect(configMemory("a build").recall(sampleWith("ip-hash", "random"))).toBeUndefined()
  })

  it("that cannot be read is made anew, and a cache that cannot be written is done without", async () => {
    const memory = configMemory("a build")
    memory.remember(sample, parseConfig(sample))
    for (const damaged of ["{ half", "{}", "null"]) {
      for (const name of readdirSync(kept)) writeFileSync(join(kept, name), damaged)
      expect(memory.recall(sample)).toBeUndefined()
      expect((await loadConfig(app, memory)).app).toBe("support-bot")
      expect(memory.recall(sample)?.app).toBe("support-bot")
    }
    rmSync(kept, { recursive: true })
    writeFileSync(kept, "a file stands in the way")
    expect((await loadConfig(app, memory)).app).toBe("support-bot")
  })

  it("is one of fifty", () => {
    const memory = configMemory("a build")
    const config = parseConfig(sample)
    memory.remember("oldest", config)
    for (const name of readdirSync(kept)) utimesSync(join(kept, name), 1, 1)
    for (let number = 0; number < 50; number++) memory.remember(`text ${number}`, config)
    expect(readdirSync(kept)).toHaveLength(50)
    expect(memory.recall("oldest")).toBeUndefined()
    expect(memory.recall("text 0")).toEqual(config)
  })
})
