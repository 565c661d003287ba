import { createHash } from "node:crypto"
import type { CompletionRequest } from "./completion-request.ts"

export interface Answer {
  /** One token each: a word with the space before it. Joined, they are the answer. */
  readonly tokens: readonly string[]
  readonly finishReason: "stop" | "length"
  readonly promptTokens: number
}

export interface AnswerOptions {
  readonly seed: number
  /** Words in the answer when the request sets no lower limit. */
  readonly answerTokens: number
}

/**
 * Makes an answer up that says what was asked and how many messages it saw, so that a reader, or a test, can tell
 * what reached the model. Depends on the seed and the messages, on nothing else. A token is a word.
 */
export function makeAnswer(request: CompletionRequest, { seed, answerTokens }: AnswerOptions): Answer {
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY
  const length = Math.min(answerTokens, limit)
  const words = opening(request.messages)
  const pick = random(seed, request.messages)
  for (let left: string[] = []; words.length < length; ) {
    if (left.length === 0) left = [...sentences]
    words.push(...left.splice(Math.floor(pick() * left.length), 1).flatMap(splitWords))
  }
  const cut = answerTokens > limit
  const kept = words.slice(0, length)
  return {
    tokens: (cut ? kept : endSentence(kept)).map((word, at) => (at === 0 ? word : ` ${word}`)),
    finishReason: cut ? "length" : "stop",
    promptTokens: request.messages.reduce((sum, message) => sum + countWords(message.content), 0),
  }
}

export function countWords(text: string): number {
  return splitWords(text).length
}

function splitWords(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== "")
}

function opening(messages: CompletionRequest["messages"]): string[] {
  const said = messages.filter(message => message.role === "user")
  const first = said.at(0)
  const last = said.at(-1)
  const count = `${messages.length} ${messages.length === 1 ? "message" : "messages"}`
  const echo = last ? `You said ${quote(last.content, 12)}, and I can see ${count}` : `I can see ${count}`
  const beginning = first && first !== last ? `, beginning with ${quote(first.content, 8)}.` : "."
  return splitWords(echo + beginning)
}

function quote(text: string, most: number): string {
  const words = splitWords(text)
  return `"${words.slice(0, most).join(" ")}${words.length > most ? " …" : ""}"`
}

/** A sentence that its length cuts off says so. */
function endSentence(words: readonly string[]): string[] {
  return words.map((word, at) =>
    at === words.length - 1 && /[\p{L}\p{N},]$/u.test(word) ? `${word.replace(/,$/, "")}…` : word,
  )
}

const sentences = [
  "No model thought about this, I am a simulator and put words in a row.",
  "A real model would say something useful at this point.",
  "What you read is made up, yet it is always the same for the same question.",
  "Its length and its pace are settings, its meaning is none.",
  "Point the upstream at a real model to hear something better.",
]

/** Mulberry32, seeded with the seed and the messages. */
function random(seed: number, messages: CompletionRequest["messages"]): () => number {
  const hash = createHash("sha256").update(String(seed))
  for (const message of messages) hash.update(`\0${message.role}\0${message.content}`)
  let state = hash.digest().readUInt32LE(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
