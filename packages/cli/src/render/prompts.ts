import { ChatopsError } from "@chatops/stacks/errors"

/** Throws NOT_CONFIRMED where nobody can be asked. */
export async function askConfirmation(question: string, interactive: boolean): Promise<boolean> {
  if (!interactive) throw new ChatopsError("NOT_CONFIRMED", `nobody is here to answer: ${question}`)
  const { confirm } = await import("@inquirer/prompts")
  return confirm({ message: question })
}

export async function askFailure(step: string): Promise<"retry" | "abort" | "pause"> {
  const { select } = await import("@inquirer/prompts")
  return select({
    message: `Step ${step} failed. What now?`,
    choices: [
      { name: "Retry it", value: "retry" as const },
      { name: "Pause here; `chatops resume` goes on later", value: "pause" as const },
      { name: "Abort the operation", value: "abort" as const },
    ],
  })
}
