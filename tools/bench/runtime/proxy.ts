import { createRequire } from "node:module"
import { serve } from "./messages.ts"
import { oursInFront } from "./ours.ts"
import { plainInFront } from "./plain.ts"
import type { Fastify } from "./routes.ts"

// Only the runtime depends on fastify, and both sides are to use the same one.
const { fastify } = createRequire(new URL("../../../packages/runtime/package.json", import.meta.url))("fastify") as {
  fastify: () => Fastify
}

/** `proxy.ts ours|plain PORT`: the same routes and events, in front of the same upstream. */
const [kind, port] = process.argv.slice(2)
const app = fastify()
const baseURL = `http://127.0.0.1:${port}/v1`
if (kind === "ours") oursInFront(app, baseURL)
else plainInFront(app, baseURL)
await app.ready()
serve(app.server)
