import { once } from "node:events"
import { readFileSync } from "node:fs"
import net from "node:net"
import { expect, it, onTestFinished } from "vitest"
import { scratchRegions } from "../../../testing/scratch-regions.ts"
import { realWitness, soon, supervise } from "../../../testing/supervised-regions.ts"
import { untilTrue } from "../agent/until.ts"
import { PrimaryPulse } from "./primary-pulse.ts"

const quick = { beat: 20, silence: 300, again: 20, meeting: 600_000 }
const nobodyHome = 9

async function watchEast() {
  const regions = await scratchRegions()
  const { at } = await realWitness(regions)
  const east = supervise(regions.east, at)
  await east.apply()
  const { port, passwords } = regions.east.spec.database
  const login = { host: "127.0.0.1", port, password: readFileSync(passwords.replicator, "utf8").trim() }
  const pulse = new PrimaryPulse("east", login, quick)
  onTestFinished(() => pulse.stop())
  const becomes = (...states: string[]) => untilTrue(pulse, () => states.includes(pulse.sight.state), soon())
  await becomes("alive")
  const pid = () => east.database.process?.identity?.pid ?? Number.NaN
  return { pulse, becomes, pid, east }
}

it("sees at once that the database's process ends, and that it is back", async () => {
  const { becomes, pid } = await watchEast()
  process.kill(pid(), "SIGKILL")
  await becomes("closed", "refused")
  await becomes("alive")
}, 60_000)

it("takes a server that does not answer for silent, and finds it again", async () => {
  const { becomes, pulse, east } = await watchEast()
  const senders = await east.database.query(client =>
    client.query<{ pid: number }>("select pid from pg_stat_activity where backend_type = 'walsender'"),
  )
  const pid = senders.rows[0]?.pid ?? Number.NaN
  process.kill(pid, "SIGSTOP")
  onTestFinished(() => void process.kill(pid, "SIGCONT"))
  const seen = new Set<string>()
  pulse.on("change", () => seen.add(pulse.sight.state))
  // A new connection finds the server well.
  await untilTrue(pulse, () => seen.has("silent") && seen.has("alive"), soon())
  await becomes("alive")
}, 60_000)

it("says nothing of a primary that it has never seen, for a while", async () => {
  const never = new PrimaryPulse("east", { host: "127.0.0.1", port: nobodyHome, password: "" }, quick)
  onTestFinished(() => never.stop())
  // A peer that takes connections and says nothing.
  const deaf = net.createServer().listen(0, "127.0.0.1")
  await once(deaf, "listening")
  onTestFinished(() => void deaf.close())
  const silent = new PrimaryPulse(
    "east",
    { host: "127.0.0.1", port: (deaf.address() as net.AddressInfo).port, password: "" },
    quick,
  )
  onTestFinished(() => silent.stop())
  await once(deaf, "connection")
  await once(deaf, "connection")
  expect([never.sight.state, silent.sight.state]).toEqual(["unknown", "unknown"])
  const impatient = new PrimaryPulse(
    "east",
    { host: "127.0.0.1", port: nobodyHome, password: "" },
    { ...quick, meeting: 0 },
  )
  onTestFinished(() => impatient.stop())
  await untilTrue(impatient, () => impatient.sight.state === "refused", soon())
})
