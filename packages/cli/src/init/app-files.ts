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

/** Checks every pull request. Which chatops a runner has is the team's to say: nothing is fetched by name. */
const workflow = `name: chatops
# Set the repository variable CHATOPS to how your runners start it, for example:
#   node /opt/chatops/packages/cli/bin/chatops.cjs
on: [pull_request]
jobs:
  check:
    if: vars.CHATOPS != ''
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
      - run: \${{ vars.CHATOPS }} doctor --json
      - run: \${{ vars.CHATOPS }} deploy --preview --json
`

const readme = ({ name, upstream }: AppAnswers): string => `# ${name}

\`\`\`sh
${upstream === "simulator" ? "" : "chatops secret set openai\n"}chatops deploy
chatops open
\`\`\`
`
