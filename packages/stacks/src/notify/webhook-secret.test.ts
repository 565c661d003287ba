import fc from "fast-check"
import { Webhook } from "standardwebhooks"
import { expect, it } from "vitest"
import { secretProblem } from "./webhook-secret.ts"

const encoded = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString("base64")}`

it("accepts 24 to 64 bytes, which sign, and no others", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), bytes => {
      expect(secretProblem(`${encoded(bytes)}\n`)).toBeUndefined()
      expect(new Webhook(encoded(bytes)).sign("msg_1", new Date(), "{}")).toMatch(/^v1,/)
    }),
  )
  for (const length of [0, 23, 65]) expect(secretProblem(encoded(new Uint8Array(length)))).toBeDefined()
})

it.each(["", "whsec_", "sk-live-secret-value", Buffer.alloc(32).toString("base64"), `whsec_${"?".repeat(44)}`])(
  "refuses %s without showing it",
  value => {
    const problem = secretProblem(value)
    expect(problem).toMatch(/^expected `whsec_`/)
    if (value.length > 6) expect(problem).not.toContain(value)
  },
)
