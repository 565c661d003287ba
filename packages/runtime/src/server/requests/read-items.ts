import { newId } from "../../conversation/ids.ts"
import { type MessageItem, outputText, type Role, type TextPart } from "../../conversation/item.ts"
import { badRequest } from "../request-error.ts"
import { isObject } from "./check-body.ts"

/**
 * Reads input as the Responses API takes it, a text or a list of messages, into items with new ids. `param` names it
 * in errors. Throws a 400.
 */
export function readItems(value: unknown, param: string): MessageItem[] {
  if (typeof value === "string") return [toItem("user", [{ type: "input_text", text: value }])]
  if (!Array.isArray(value)) throw badRequest("invalid_type", `'${param}' must be a string or a list of items.`, param)
  return value.map((entry, index) => readItem(entry, `${param}[${index}]`))
}

function readItem(value: unknown, param: string): MessageItem {
  if (!isObject(value)) throw badRequest("invalid_type", `'${param}' must be an object.`, param)
  const { type = "message", role, content, ...rest } = value
  if (type !== "message") throw unsupported(`${param}.type`, String(type))
  if (!isRole(role))
    throw badRequest("invalid_value", `'${param}.role' must be one of ${roles.join(", ")}.`, `${param}.role`)
  for (const name of Object.keys(rest)) {
    // What an item has that was answered before and is now sent back.
    if (name !== "id" && name !== "status" && name !== "phase") {
      throw badRequest("unknown_parameter", `Unknown parameter: '${param}.${name}'.`, `${param}.${name}`)
    }
  }
  return toItem(role, readContent(content, role, `${param}.content`))
}

function readContent(value: unknown, role: Role, param: string): TextPart[] {
  if (typeof value === "string") return [textPart(role, value)]
  if (value === undefined) throw badRequest("missing_parameter", `Missing required parameter: '${param}'.`, param)
  if (!Array.isArray(value)) throw badRequest("invalid_type", `'${param}' must be a string or a list of parts.`, param)
  return value.map((part: unknown, index) => {
    const at = `${param}[${index}]`
    if (!isObject(part)) throw badRequest("invalid_type", `'${at}' must be an object.`, at)
    const { type, text } = part
    if (type !== "input_text" && type !== "output_text" && type !== "text")
      throw unsupported(`${at}.type`, String(type))
    if (typeof text !== "string") throw badRequest("invalid_type", `'${at}.text' must be a string.`, `${at}.text`)
    return textPart(role, text)
  })
}

const textPart = (role: Role, text: string): TextPart =>
  role === "assistant" ? outputText(text) : { type: "input_text", text }

const toItem = (role: Role, content: readonly TextPart[]): MessageItem => ({
  id: newId("msg"),
  type: "message",
  status: "completed",
  role,
  content,
})

const roles: readonly Role[] = ["user", "assistant", "system", "developer"]

const isRole = (value: unknown): value is Role => roles.some(role => role === value)

function unsupported(param: string, value: string) {
  return badRequest("unsupported_parameter", `'${param}' of '${value}' is not supported: text only.`, param)
}
