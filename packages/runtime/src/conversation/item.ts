/** One message of a conversation, in the shape that OpenAI's Responses API shows and that is stored. */
export interface MessageItem {
  /** `msg_…` */
  readonly id: string
  readonly type: "message"
  readonly status: "completed" | "incomplete"
  readonly role: Role
  readonly content: readonly TextPart[]
}

export type Role = "user" | "assistant" | "system" | "developer"

export type TextPart = InputText | OutputText

export interface InputText {
  readonly type: "input_text"
  readonly text: string
}

export interface OutputText {
  readonly type: "output_text"
  readonly text: string
  readonly annotations: readonly never[]
  readonly logprobs: readonly never[]
}

export const outputText = (text: string): OutputText => ({ type: "output_text", text, annotations: [], logprobs: [] })

/** All text of a message, as a model is given it. */
export const textOf = (item: MessageItem): string => item.content.map(part => part.text).join("")
