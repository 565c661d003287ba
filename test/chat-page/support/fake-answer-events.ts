/** The events of OpenAI's Responses API for one answer of one text part, in their order. */
export function* answerEvents(response: { id: string; itemId: string; text: string; cutOff?: boolean }) {
  const { id, itemId, text, cutOff = false } = response
  const part = { type: "output_text", text: "", annotations: [] }
  const finished = { ...part, text }
  const item = { id: itemId, type: "message", role: "assistant", status: "completed", content: [finished] }
  const at = { item_id: itemId, output_index: 0, content_index: 0 }
  const whole = { id, object: "response", status: "in_progress", output: [] as unknown[] }
  yield { type: "response.created", response: whole }
  yield { type: "response.in_progress", response: whole }
  yield { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } }
  yield { type: "response.content_part.added", ...at, part }
  for (const delta of text.match(/\s*\S+\s*/g) ?? []) yield { type: "response.output_text.delta", ...at, delta }
  yield { type: "response.output_text.done", ...at, text }
  yield { type: "response.content_part.done", ...at, part: finished }
  yield { type: "response.output_item.done", output_index: 0, item }
  const status = cutOff ? "incomplete" : "completed"
  const details = cutOff ? { reason: "max_output_tokens" } : null
  yield { type: `response.${status}`, response: { ...whole, status, output: [item], incomplete_details: details } }
}
