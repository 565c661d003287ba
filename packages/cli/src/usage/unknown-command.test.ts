import { describe, expect, it } from "vitest"
import { unknownCommand } from "./unknown-command.ts"

const known = ["deploy", "destroy", "keys create", "keys list", "keys revoke", "status"]
const notFound = (id: string) => Object.assign(new Error(`command ${id} not found`), { oclif: { exit: 2 } })

describe("a command that does not exist", () => {
  it.each([
    ["stauts", "Did you mean `chatops status`?"],
    ["keys:creat", "Did you mean `chatops keys create`?"],
    ["keys:rotate-everything", "There is `keys create`, `keys list`, `keys revoke`."],
    ["version", "Did you mean `chatops --version`?"],
    ["frobnicate", "There is `deploy`, `destroy`, `keys create`"],
  ])("%s is answered with what there is", (id, hint) => {
    const error = unknownCommand(notFound(id), known)
    expect(error?.message).toBe(`there is no command \`chatops ${id.replace(":", " ")}\``)
    expect(error?.hint).toContain(hint)
  })

  it("is answered so in oclif's help too, which words it otherwise", () => {
    const error = Object.assign(new Error("Command stauts not found."), { oclif: { exit: 2 } })
    expect(unknownCommand(error, known)?.hint).toContain("Did you mean `chatops status`?")
  })

  it.each([
    ["--versoin", "there is no flag --versoin before a command", "Did you mean `chatops --version`?"],
    ["-e local", "there is no flag -e before a command", "Flags come behind the command"],
  ])("is told from a flag such as %s", (typed, message, hint) => {
    const error = unknownCommand(notFound(typed), known)
    expect(error?.message).toBe(message)
    expect(error?.hint).toContain(hint)
  })

  it("is told from a command that is given too much", () => {
    expect(unknownCommand(notFound("keys:list:all"), known)?.message).toBe("`chatops keys list` takes no argument: all")
  })

  it("is not seen in other errors, even when they read the same", () => {
    expect(unknownCommand(new Error("command deploy not found"), known)).toBeUndefined()
    expect(unknownCommand(Object.assign(new Error("Nonexistent flag: --x"), { oclif: {} }), known)).toBeUndefined()
  })
})
