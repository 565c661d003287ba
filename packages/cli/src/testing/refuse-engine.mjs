// Preloaded into a command: ends it with 99 as soon as it loads anything of the engine.
import { registerHooks } from "node:module"

registerHooks({
  resolve(specifier, context, next) {
    if (/^(@pulumi|@grpc)\//.test(specifier)) process.exit(99)
    return next(specifier, context)
  },
})
