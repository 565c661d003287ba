import { stringify } from "yaml"
import type { AppAnswers } from "./questions.ts"

/** Files of a new app, by path. */
export function appFiles(answers: AppAnswers): Readonly<Record<string, string>> {
  return {
    "chatops.yaml": chatopsYaml(answers),
    "prompts/assistant.md":
      "You are a friendly support assistant. Answer briefly and plainly. Say so when you do not know something.\n",
    ".gitignore": "node_modules/\n.env\n",
    ".github/workflows/chatops.yml": workflow,
    "README.md": readme(answers),
  }
}

function chatopsYaml({ name, model, upstream, regions }: AppAnswers): string {
  const chosen =
    upstream === "simulator"
      ? { name: "simulator", simulator: {} }
      : { name: "openai", baseURL: upstream.baseURL, apiKey: { secret: "openai" } }
  return stringify({
    app: name,
    chat: { model, prompt: "prompts/assistant.md", upstreams: [chosen] },
    environments: {
      local: {
        target: "local",
        regions: Object.fromEntries(regions.map(region => [region, {}])),
        primary: regions[0],
        durability: "async",
        balancing: "least-connections",
        runtime: { replicas: 2 },
      },
    },
  })
}

/** Checks every pull request. Deploying from a pipeline needs an environment that is not this machine's. */
const workflow = `name: chatops
on: [pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npx --yes chatops doctor --json
      - run: npx --yes chatops deploy --preview --json
`

const readme = ({ name, upstream }: AppAnswers): string => `# ${name}

\`\`\`sh
${upstream === "simulator" ? "" : "chatops secret set openai\n"}chatops deploy
chatops open
\`\`\`
`
