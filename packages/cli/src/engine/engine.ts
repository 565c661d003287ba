import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import type { EarlierOutputs, Environment, OpenTarget, StackOutputs, TargetPrograms } from "@chatops/stacks"
import { writeDurably } from "@chatops/stacks/process"
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js"
import { begunMark, stackDirectory } from "./begun-stacks.ts"
import { translateEngineError } from "./engine-error.ts"
import { type OpenStack, openStack } from "./open-stack.ts"
import { regionStack, type StackName } from "./stack-name.ts"
import { type EngineOptions, type EngineWorkspace, openWorkspace } from "./workspace.ts"

export interface StackChange {
  readonly stack: StackName
  readonly operation: "create" | "update" | "replace" | "delete"
  /** As the program names it. */
  readonly resource: string
  /** For people: what differs, or what is wrong with what runs. */
  readonly reasons: readonly string[]
}

/** Drives the stacks of one environment. The only user of the Automation API. */
export class Engine {
  readonly #environment: Environment
  readonly #programs: TargetPrograms
  readonly #engine: EngineOptions
  readonly #workspace: EngineWorkspace
  readonly #stacks = new Map<StackName, Promise<OpenStack>>()

  private constructor(
    environment: Environment,
    programs: TargetPrograms,
    engine: EngineOptions,
    workspace: EngineWorkspace,
  ) {
    this.#environment = environment
    this.#programs = programs
    this.#engine = engine
    this.#workspace = workspace
  }

  /** Loads the SDK, which takes a moment: open it only when there is work. Throws PULUMI_MISSING. */
  static async open(
    environment: Environment,
    target: OpenTarget,
    programs: TargetPrograms,
    engine: EngineOptions,
  ): Promise<Engine> {
    return new Engine(environment, programs, engine, await openWorkspace(environment, target, engine))
  }

  /**
   * What an update of this stack would do. Asks what really runs, so drift shows without a refresh. A stack that was
   * never begun is to be created, and the engine would take a second to say no more than that.
   */
  async preview(name: StackName): Promise<StackChange[]> {
    if (!existsSync(begunMark(this.#environment, name)))
      return [{ stack: name, operation: "create", resource: name, reasons: [] }]
    const changes: StackChange[] = []
    const onEvent = (event: EngineEvent) => {
      const metadata = event.resourcePreEvent?.metadata
      const operation = metadata && changeOf(metadata.op)
      if (!operation || metadata.type.startsWith("pulumi:")) return
      const reasons = this.#workspace.differences.get(metadata.urn)?.reasons ?? []
      changes.push({ stack: name, operation, resource: metadata.urn.split("::").at(-1) ?? metadata.urn, reasons })
    }
    await this.#run(name, ({ stack }) => stack.preview({ onEvent, signal: this.#engine.signal }))
    return changes
  }

  /** `cancel` ends this update alone, cleanly; the next one goes on from there. */
  async update(name: StackName, cancel?: AbortSignal): Promise<void> {
    await writeDurably(begunMark(this.#environment, name), "")
    const signal = AbortSignal.any([this.#engine.signal, ...(cancel ? [cancel] : [])])
    await this.#run(name, ({ stack }) => {
      // The SDK does not hear a signal that was given before.
      signal.throwIfAborted()
      return stack.up({ signal })
    })
  }

  async destroy(name: StackName): Promise<void> {
    await this.#run(name, async open => {
      // Killed from here on, the next try must find out for itself whether the stack still exists.
      await open.forget()
      await open.stack.destroy({ signal: this.#engine.signal, remove: true })
    })
    this.#stacks.delete(name)
    await rm(stackDirectory(this.#environment, name), { recursive: true, force: true })
  }

  /** What the stack answered when it was last updated; undefined when it never was. */
  async outputs(name: StackName): Promise<StackOutputs | undefined> {
    const outputs = plainOutputs(await this.#run(name, stack => stack.outputs()))
    return Object.keys(outputs).length > 0 ? outputs : undefined
  }

  close(): Promise<void> {
    return this.#workspace.close()
  }

  async #run<Result>(name: StackName, work: (stack: OpenStack) => Promise<Result>): Promise<Result> {
    const { failures } = this.#workspace
    const own = () => [...failures].filter(([urn]) => urn.split("::")[0] === `urn:pulumi:${name}`)
    // What failed in an earlier try is not why this one does.
    for (const [urn] of own()) failures.delete(urn)
    try {
      return await work(await this.#stack(name))
    } catch (error) {
      this.#engine.signal.throwIfAborted()
      const reported = own().map(([, failure]) => failure)
      throw translateEngineError(name, error, reported)
    }
  }

  #stack(name: StackName): Promise<OpenStack> {
    const known = this.#stacks.get(name)
    if (known) return known
    const { options } = this.#workspace
    const opening = openStack(
      { stackName: name, projectName: this.#environment.app.app, program: () => this.#program(name) },
      { ...options, workDir: stackDirectory(this.#environment, name) },
    )
    this.#stacks.set(name, opening)
    opening.catch(() => this.#stacks.delete(name))
    return opening
  }

  async #program(name: StackName): Promise<StackOutputs> {
    const earlier: EarlierOutputs = {
      base: () => this.outputs("base"),
      region: region => this.outputs(regionStack(region)),
    }
    if (name === "base") return this.#programs.base()
    if (name === "entry") return this.#programs.entry(earlier)
    return this.#programs.region(name.slice("region-".length), earlier)
  }
}

function changeOf(op: string): StackChange["operation"] | undefined {
  if (op === "create" || op === "update" || op === "delete") return op
  return op === "replace" ? "replace" : undefined
}

/** Secrets are left out: they pass between stacks by name, never through here. */
function plainOutputs(outputs: Record<string, { value: unknown; secret: boolean }>): StackOutputs {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([key, { value, secret }]) => (secret ? [] : [[key, value]])),
  )
}
