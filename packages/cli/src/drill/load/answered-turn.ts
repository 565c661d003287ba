import * as z from "zod"

/** A finished response: its id, and that of the message that answers. */
export const AnsweredTurn = z
  .object({
    id: z.string(),
    status: z.enum(["completed", "incomplete"]),
    output: z.tuple([z.object({ id: z.string() })], z.unknown()),
  })
  .transform(({ id, output: [message] }) => ({ response: id, message: message.id }))
