import { join } from "node:path"
import { chooseEnvironment, environmentOf, loadConfig } from "@chatops/stacks"
import { expect, it } from "vitest"
import { invocation } from "./invocation.ts"
import { nextCommand } from "./next-command.ts"
import { chatopsYaml, scratchDirectory } from "./testing/scratch-directory.ts"

it.each([
  ["in the app", "bot", ["local"], "local", ""],
  ["in a checkout whose quickstart it is", ".", ["local"], "local", "", "quickstart"],
  ["elsewhere", ".", ["local"], "local", " --app bot"],
  ["elsewhere, below a name that a shell would split", ".", ["local"], "local", " --app 'my bot'", "my bot"],
  ["of several environments the one that is meant without a name", "bot", ["local", "prod"], "local", ""],
  ["of several environments another", "bot", ["local", "prod"], "prod", " --env prod"],
  ["of one environment, whatever its name", "bot", ["prod"], "prod", ""],
])("what to type next %s reaches the environment", async (_name, from, environments, name, flags, app = "bot") => {
  const home = scratchDirectory({ [`${app}/chatops.yaml`]: chatopsYaml(...environments) })
  const config = await loadConfig(join(home, app))
  const environment = environmentOf(config, join(home, app), chooseEnvironment(config, name))
  const directory = join(home, from)
  expect(nextCommand("status", environment, directory)).toBe(`${invocation(directory)} status${flags}`)
})
