import { stringify } from "yaml"
import type { AppAnswers } from "./questions.ts"

/** Files of a new app, by path; `chatops` is how it is started where the app will lie. */
export function appFiles(answers: AppAnswers, chatops: string): Readonly<Record<string, string>> {
  return {
    "chatops.yaml": chatopsYaml(answers),
    "prompts/assistant.md":
      "You are a friendly support assistant. Answer briefly and plainly. Say so when you do not know something.\n",
    ".gitignore": "node_modules/\n.env\n",
    ".github/workflows/chatops.yml": workflow,
    "README.md": readme(answers, chatops),
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
        durability: regions.length > 1 ? "zero-loss" : "async",
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

const readme = ({ name, upstream }: AppAnswers, chatops: string): string => `# ${name}

\`\`\`sh
${upstream === "simulator" ? "" : `${chatops} secret set openai\n`}${chatops} deploy
${chatops} open
\`\`\`

On another machine it is \`node <checkout of chatops>/packages/cli/bin/chatops.cjs\`, or \`chatops\` once that file is
linked on \`PATH\`. \`npx chatops\` works within the checkout only: elsewhere npm would fetch another package of that name.
`
