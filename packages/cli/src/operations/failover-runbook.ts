import type { Register } from "@chatops/runtime/contract"
import type { Step } from "./operation.ts"

/** What the register must show, in a comment of shell. */
const mayClaim: Readonly<Record<Register["claim"], (to: string) => string>> = {
  "in-sync": to => `Where inSync names ${to}, that holds every acknowledged turn, and may claim`,
  async: to => `durability must be async, inSync null: then ${to} may claim, and what it lacks is lost`,
  forced: to =>
    `inSync must be null, and lease not: then ${to} may be forced into its place, and what it lacks is lost`,
}

/** What each step of a change of primary does, and how a person does it without it. */
export const explain = {
  preflight: async ({ from, to, claim, byHand, command }) => ({
    does: `Asks the witness who is primary, and ${to} whether it can take over. Nothing is changed.`,
    byHand: [
      ...byHand.register(),
      `# primary must be ${from}. ${mayClaim[claim](to)}`,
      ...(await byHand.region(to)),
      `# role must be standby, database running; ${command("status")} shows the same`,
    ],
  }),
  claim: async ({ from, to, claim, lease, byHand }) => ({
    does:
      claim === "in-sync"
        ? `Asks the supervisor of ${to} to claim: it writes itself into the witness's register, which fences ${from}, and only then promotes its database.`
        : `Asks the supervisor of ${to} to claim though it is not in sync: it writes itself into the witness's register, waits until the lease of ${from}${lease === null ? "" : `, ${lease / 1_000} s,`} has surely run out, and only then promotes its database. What ${from} acknowledged and ${to} did not receive is lost.`,
    byHand: [
      ...(await byHand.claim(to, { accepts: claim })),
      "# never promote a database by hand: a primary that the register does not name loses what it acknowledges",
    ],
  }),
  handOver: async ({ from, to, byHand }) => ({
    does: `Brings ${to} into sync if it is not, lets ${from} finish what is under way and stop cleanly, and has ${to} claim. If no claim follows within 5 s, ${from} serves again.`,
    byHand: await byHand.handOver({ from, to }),
  }),
  verify: async ({ from, to, byHand, command }) => ({
    does: `Waits until ${from}, if it lives, has read that it is primary no more, and sends a real turn through the entry.`,
    byHand: [...byHand.register(), `# primary must be ${to}, with a higher epoch`, command('chat "Are you there?"')],
  }),
  record: async ({ command }) => ({
    does: "Writes what was done to the ledger, and pushes it where there is a remote.",
    byHand: [`# nothing: the next operation goes on without it; ${command("history")} shows what was recorded`],
  }),
  rebuild: async ({ from, byHand, command }) => ({
    does: `Waits until another region is in sync. ${from} comes back by itself while its supervisor lives; otherwise a deploy starts it.`,
    byHand: [command("deploy"), ...(await byHand.region(from)), "# until the register names a region in inSync"],
  }),
} satisfies Record<string, NonNullable<Step["runbook"]>>
