import { ChatopsError } from "@chatops/stacks/errors"

/** Throws NOT_CONFIRMED where nobody can be asked. */
export async function askConfirmation(
  question: string,
  { interactive, enter }: { interactive: boolean; enter: "yes" | "no" },
): Promise<boolean> {
  if (!interactive) throw new ChatopsError("NOT_CONFIRMED", `nobody is here to answer: ${question}`)
  const { confirm } = await import("@inquirer/prompts")
  return prompted(confirm({ message: question, default: enter === "yes" }))
}

export async function askFailure(step: string): Promise<"retry" | "abort" | "pause"> {
  const { select } = await import("@inquirer/prompts")
  return prompted(
    select({
      message: `Step ${step} failed. What now?`,
      choices: [
        { name: "Retry it", value: "retry" as const },
        { name: "Pause here; `chatops resume` goes on later", value: "pause" as const },
        { name: "Abort the operation", value: "abort" as const },
      ],
    }),
  )
}

/** Ctrl-C in a question reaches the question and not the process; here it becomes an interruption like any other. */
export async function prompted<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if ((error as Error).name !== "ExitPromptError") throw error
    throw new ChatopsError("INTERRUPTED", "interrupted while a question was open", { cause: error })
  }
}
