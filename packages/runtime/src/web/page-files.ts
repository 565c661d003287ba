import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { extname } from "node:path"

/** One file as it is served: `GET path` answers 200 with it, or 304 when `If-None-Match` has its `etag`. */
export interface PageFile {
  readonly contentType: string
  readonly body: Buffer
  /** Lower-case names; `content-type` and `content-length` are not among them. */
  readonly headers: Readonly<Record<string, string>>
}

/** The sources beside this file, and their copy beside the bundle. */
const folder = new URL("./assets/", import.meta.url)

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
}

/**
 * The chat page, read once: `/` and everything it loads, below `/assets/`.
 *
 * @param app what the page calls itself; any text, it is escaped here
 */
export function pageFiles(app: { name: string; environment: string }): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder).filter(name => extname(name) in contentTypes)
  const files = new Map(names.map(name => [addressOf(name), pageFile(name, readFileSync(new URL(name, folder)))]))
  const page = readFileSync(new URL("index.html", folder), "utf8")
  return files.set("/", pageFile("index.html", Buffer.from(fill(page, { ...app, modules: preloads(names) }))))
}

function addressOf(name: string): string {
  return name === "index.html" ? "/" : `/assets/${name}`
}

function pageFile(name: string, body: Buffer): PageFile {
  return { contentType: contentTypes[extname(name)] ?? "application/octet-stream", body, headers: headersFor(body) }
}

function headersFor(body: Buffer): PageFile["headers"] {
  return {
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    // Asked for each time and answered by 304, so that a page never mixes files of two releases for long.
    "cache-control": "no-cache",
    "content-security-policy": contentSecurityPolicy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  }
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ")

/** Lets the browser fetch all modules at once instead of one level of imports after the other. */
function preloads(names: readonly string[]): string {
  const modules = names.filter(name => extname(name) === ".js")
  return modules.map(name => `<link rel="modulepreload" href="${addressOf(name)}">`).join("\n    ")
}

function fill(page: string, values: { name: string; environment: string; modules: string }): string {
  return page
    .replaceAll("{{modules}}", () => values.modules)
    .replaceAll("{{name}}", () => escapeHtml(values.name))
    .replaceAll("{{environment}}", () => escapeHtml(values.environment))
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
