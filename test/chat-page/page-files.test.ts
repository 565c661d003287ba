import { describe, expect, it } from "vitest"
import { pageFiles } from "../../packages/runtime/src/web/page-files.ts"

const files = pageFiles({ name: "support-bot", environment: "local" })

describe("files of the chat page", () => {
  it("has every file that the page and its modules name", () => {
    const texts = [...files.values()].map(file => file.body.toString())
    const named = texts.flatMap(text => [
      ...[...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(match => match[1]),
      ...[...text.matchAll(/^import .* from "\.\/([^"]+)"/gm)].map(match => `/assets/${match[1]}`),
    ])
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter(path => !files.has(path ?? ""))).toEqual([])
  })

  it("allows nothing but its own origin, and no inline code or style", () => {
    for (const [path, file] of files) {
      const policy = file.headers["content-security-policy"] ?? ""
      expect(policy, path).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
      expect(policy, path).not.toMatch(/unsafe|data:|https?:/)
      expect(file.headers["x-content-type-options"], path).toBe("nosniff")
    }
    expect(files.get("/")?.body.toString()).not.toMatch(/ style=| on[a-z]+=|<style|<script(?! type="module" src=)/)
  })

  it("gives a file another etag when its content changes", () => {
    const other = pageFiles({ name: "other-bot", environment: "local" })
    expect(other.get("/")?.headers["etag"]).not.toBe(files.get("/")?.headers["etag"])
    expect(other.get("/assets/chat.js")?.headers["etag"]).toBe(files.get("/assets/chat.js")?.headers["etag"])
  })
})
