import { styleText } from "node:util"
import type { StatusResult } from "../results/status.ts"

type Region = StatusResult["regions"][number]

/** What a former primary held that nobody else had: lines for people. */
export function lost({ name, lostTurns, unread }: Pick<Region, "name" | "lostTurns" | "unread">): string[] {
  return [
    ...(lostTurns === null ? [] : [found(name, lostTurns)]),
    ...(unread === null ? [] : [styleText("yellow", `lost     ${name}: ${unreadText(unread)}`)]),
  ]
}

function found(name: string, { epoch, turns, repeated, file, ...who }: NonNullable<Region["lostTurns"]>): string {
  const what = turns === 0 ? "nothing" : count(turns, "turn")
  const text = `lost     ${name}: ${what} of epoch ${epoch} ${turns > 1 ? "were" : "was"} lost when ${taken(who)}`
  const again =
    repeated === 0 ? "" : `; ${count(repeated, "other request")} ${repeated > 1 ? "were" : "was"} answered again`
  const kept = file === null ? "" : `; ${turns + repeated > 1 ? "they are" : "it is"} kept in ${file}`
  return turns === 0 ? `${text}${again}${kept}` : styleText("yellow", `${text}${again}${kept}`)
}

const taken = ({ primary, claim }: Pick<NonNullable<Region["lostTurns"]>, "primary" | "claim">): string =>
  primary === null ? "another region was made primary" : `${primary} was made primary${claim ? ` (${claim})` : ""}`

const unreadText = ({ directory, problem }: NonNullable<Region["unread"]>): string =>
  `what it held as a former primary could not be read (${problem}), and is kept in ${directory}`

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`
