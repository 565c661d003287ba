import { expect, it } from "vitest"
import { forbiddenImports } from "./import-rules.ts"

it.each([
  ["packages/runtime/src/server/app.ts", "@chatops/stacks"],
  ["packages/runtime/src/server/app.ts", "@chatops/stacks/errors"],
  ["packages/runtime/src/server/app.ts", "chatops"],
  ["packages/runtime/src/server/app.ts", "@pulumi/pulumi"],
  ["packages/runtime/src/contract/index.ts", "../server/app.ts"],
  ["packages/stacks/src/index.ts", "chatops"],
  ["packages/stacks/src/index.ts", "@chatops/runtime"],
  ["packages/stacks/src/index.ts", "@chatops/runtime/src/server/app.ts"],
  ["packages/stacks/src/index.ts", "../../runtime/src/server/app.ts"],
  ["packages/stacks/src/failover/protocol/claiming.ts", "node:fs"],
  ["packages/stacks/src/failover/protocol/claiming.ts", "../../targets/local/agent/until.ts"],
  ["packages/stacks/src/failover/watching.ts", "node:timers/promises"],
  ["packages/cli/src/commands/deploy.ts", "@pulumi/pulumi/automation/index.js"],
  ["packages/cli/src/operations/plan.ts", "@pulumi/pulumi"],
  ["packages/cli/src/engine/engine.ts", "simple-git"],
  ["packages/cli/src/main.ts", "../../stacks/src/index.ts"],
])("%s may not import %s", (file, module) => {
  expect(forbiddenImports(file, ["zod", module])).toEqual([expect.stringContaining(`${file}: ${module}: `)])
})

it.each([
  ["packages/runtime/src/server/app.ts", "../contract/index.ts"],
  ["packages/runtime/src/contract/index.ts", "./health.ts"],
  ["packages/stacks/src/index.ts", "@chatops/runtime/contract"],
  ["packages/stacks/src/targets/local/agent/node-process.ts", "@chatops/runtime/bundle/*.js"],
  ["packages/stacks/src/failover/protocol/claiming.ts", "../start-decision.ts"],
  ["packages/stacks/src/targets/local/agent/watcher.ts", "node:fs"],
  ["packages/cli/src/commands/deploy.ts", "@chatops/stacks"],
  ["packages/cli/src/engine/engine.ts", "@pulumi/pulumi"],
  ["packages/cli/src/ledger/git.ts", "simple-git"],
  ["packages/cli/src/command.ts", "chatops-plugin"],
  ["packages/cli/src/version.test.ts", "../package.json"],
])("%s may import %s", (file, module) => {
  expect(forbiddenImports(file, [module])).toEqual([])
})
