import type { Environment } from "@chatops/stacks"
import type { Interfaces } from "@oclif/core"
import { Command } from "@oclif/core/command"
import * as Flags from "@oclif/core/flags"
import { findEnvironment } from "./find-environment.ts"
import { Interrupt } from "./interrupt.ts"
import { nextCommand, typedCommands } from "./next-command.ts"
import type { OpenedServices } from "./operations/open-services.ts"
import type { Operation } from "./operations/operation.ts"
import type { OperationResult, RunOptions } from "./operations/operation-run.ts"
import { abortOperation, resumeOperation, runOperation } from "./operations/run-operation.ts"
import { errorDocument, errorExitCode, errorLines } from "./render/errors.ts"
import { createProgress } from "./render/progress.ts"
import { askConfirmation, askFailure } from "./render/prompts.ts"

export const environmentFlags = {
  env: Flags.string({ char: "e", summary: "Environment; default: the only one, or `local`.", helpGroup: "GLOBAL" }),
  app: Flags.directory({
    summary: "The app's directory; default: this one, or the nearest above that has a chatops.yaml.",
    helpGroup: "GLOBAL",
    env: "CHATOPS_APP",
  }),
}

export const yesFlag = { yes: Flags.boolean({ char: "y", summary: "Answer every question with yes.", default: false }) }

interface EnvironmentChoice {
  readonly env?: string | undefined
  readonly app?: string | undefined
}

interface OperationChoice {
  readonly yes: boolean
  /** Nothing is shown of what it does. */
  readonly quiet?: boolean
  /** Though there is a terminal: whoever started it may be gone. */
  readonly asksNobody?: boolean
}

/** Base of every command: says what it takes, calls one operation, renders. `Result` is the document of `--json`. */
export abstract class ChatopsCommand<Result = unknown> extends Command {
  static override enableJsonFlag = true

  protected readonly interrupt = new Interrupt()
  #printedDocuments = false
  #environment: Environment | undefined

  abstract override run(): Promise<Result>

  protected override async init(): Promise<void> {
    await super.init()
    this.interrupt.listen()
  }

  protected async environment(choice: EnvironmentChoice): Promise<Environment> {
    this.#environment = await findEnvironment(choice.app, choice.env)
    return this.#environment
  }

  /** As it is to be read where the environment is known. */
  protected readonly say = (text: string): string =>
    this.#environment === undefined ? text : typedCommands(text, this.#environment)

  /** Opens the environment's services for one piece of work that is no operation: it reads, or changes one small thing. */
  protected async withServices<Value>(
    environment: Environment,
    work: (services: OpenedServices) => Promise<Value>,
  ): Promise<Value> {
    const { openServices } = await import("./operations/open-services.ts")
    const services = await openServices(environment, {
      signal: this.interrupt.signal,
      confirm: async () => false,
      onProgress: () => undefined,
      dryRun: true,
    })
    try {
      return await work(services)
    } finally {
      await services.close()
    }
  }

  /** Runs an operation with progress, questions and journal. */
  protected execute(environment: Environment, operation: Operation, choice: OperationChoice): Promise<OperationResult> {
    return this.#operate(environment, choice, options => runOperation(operation, options))
  }

  protected resume(
    environment: Environment,
    left: Parameters<typeof resumeOperation>[0],
    operation: Operation,
    choice: { yes: boolean },
  ): Promise<OperationResult> {
    return this.#operate(environment, choice, options => resumeOperation(left, operation, options))
  }

  /** Resolves with what is still to come to the ledger, for people. */
  protected abort(environment: Environment, left: Parameters<typeof abortOperation>[0]): Promise<string[]> {
    return this.withServices(environment, services => abortOperation(left, { services }, "aborted by hand"))
  }

  async #operate(
    environment: Environment,
    { yes, quiet = false, asksNobody = false }: OperationChoice,
    work: (options: RunOptions) => Promise<OperationResult>,
  ): Promise<OperationResult> {
    // Which app it is about shows before anything is opened: it may have been found further up.
    if (!quiet) this.log(`app ${environment.appDirectory}`)
    const progress = await createProgress(
      this.jsonEnabled() || quiet ? "silent" : process.stdout.isTTY ? "live" : "plain",
    )
    const onTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
    const interactive = onTerminal && !this.jsonEnabled() && !asksNobody
    this.interrupt.explain = () =>
      progress.note(
        "interrupted",
        `ending cleanly; \`${nextCommand("resume", environment)}\` goes on from here. Again: end at once`,
      )
    const { openServices } = await import("./operations/open-services.ts")
    const services = await openServices(environment, {
      signal: this.interrupt.signal,
      onProgress: (part, text) => progress.note(part, text),
      confirm: async (question, enter) => {
        await progress.idle()
        return yes || askConfirmation(question, { interactive, enter })
      },
    })
    try {
      return await work({
        services,
        signal: this.interrupt.signal,
        listen: event => progress.listen(event),
        ...(interactive && {
          onFailure: async (step: string, error: Error) => {
            await progress.idle()
            for (const line of errorLines(error, this.say)) this.logToStderr(line)
            return askFailure(step)
          },
        }),
      })
    } finally {
      this.interrupt.explain = undefined
      await progress.idle()
      await services.close()
    }
  }

  /** A command that goes on prints one document a line under `--json`, in place of one at its end. */
  protected printDocument(document: unknown): void {
    this.#printedDocuments = true
    process.stdout.write(`${JSON.stringify(document)}\n`)
  }

  protected override async catch(error: Interfaces.CommandError): Promise<void> {
    process.exitCode = errorExitCode(error)
    if (this.#printedDocuments) this.printDocument(errorDocument(error, this.say))
    else if (this.jsonEnabled()) this.logJson(errorDocument(error, this.say))
    else for (const line of errorLines(error, this.say)) this.logToStderr(line)
  }
}
