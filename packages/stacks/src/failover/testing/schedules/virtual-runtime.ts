import type { Stage } from "./stage.ts"
import type { VirtualLeaseRow, VirtualPostgres, VirtualSession } from "./virtual-postgres.ts"

/** The runtime's own `LeaseEvidence`, which is passed in: packages know of the runtime's contract only. */
export interface Evidence {
  readonly until: number
  learn(asked: number, row: VirtualLeaseRow | undefined): void
}

/** In milliseconds, as in the runtime's `lease.ts` and `database-settings.ts`. */
const waitingPause = 5
const usualPause = 125
const searchEvery = 50
const suspicion = 500
const patience = 5_000
const maxStaleness = 1_000

interface Answered {
  readonly what: "turn" | "read"
  readonly commits: string
  readonly asked: number
}

interface Connection {
  readonly session: VirtualSession
  readonly evidence: Evidence
  /** What its database has answered, and nobody may be told yet. */
  answered: Answered[]
  /** When the last commit was asked for that was confirmed. */
  confirmed: number
  /** Oldest first. */
  readonly unanswered: Set<{ readonly asked: number }>
  lookUnderWay: boolean
}

/** One region's replicas: what they tell clients counts from then on. */
export class VirtualRuntime {
  readonly region: string
  readonly #stage: Stage
  readonly #databases: readonly VirtualPostgres[]
  readonly #evidenceOf: () => Evidence
  #connection: Connection | undefined
  #highestEpoch = 0
  /** Turns that it acknowledged itself. */
  told = 0

  constructor(stage: Stage, region: string, databases: readonly VirtualPostgres[], evidenceOf: () => Evidence) {
    this.#stage = stage
    this.region = region
    this.#databases = databases
    this.#evidenceOf = evidenceOf
  }

  start(): void {
    this.#search()
  }

  restart(): void {
    this.#connection = undefined
    this.#highestEpoch = 0
  }

  /** A client's turn, or a look at what is there: both show what they find. Without a primary it is refused. */
  ask(what: "turn" | "read"): void {
    const connection = this.#connection
    if (connection === undefined) return
    const question = { asked: this.#now }
    connection.unanswered.add(question)
    const answer = (commits: string | undefined) =>
      this.#from(connection, () => {
        connection.unanswered.delete(question)
        if (commits === undefined) return this.#lose(connection)
        connection.answered.push({ what, commits, asked: question.asked })
        if (what === "turn") connection.confirmed = Math.max(connection.confirmed, question.asked)
        this.#check(connection)
        if (connection.answered.length > 0) this.#look(connection)
      })
    this.#to(connection, database => {
      if (what === "turn") database.commit(connection.session, answer)
      else answer(database.read(connection.session))
    })
  }

  /** The clock is looked at when the database has answered, and what is told is sent in the same moment. */
  #check(connection: Connection): void {
    const now = this.#now
    const { evidence, answered } = connection
    if (now < evidence.until) {
      connection.answered = []
      const isRecent = now - connection.confirmed < maxStaleness
      for (const { what, commits } of answered) if (what === "turn" || isRecent) this.#tell(connection, commits)
    } else connection.answered = answered.filter(({ asked }) => now - asked < patience)
  }

  #tell({ session }: Connection, commits: string): void {
    this.told += 1
    const news = [...commits].filter(commit => !this.#stage.world.acknowledged.includes(commit)).join("")
    if (news !== "") this.#stage.note(() => `runtime in ${this.region}: acknowledges ${news}, of ${session.region}`)
    this.#stage.acknowledge(commits)
  }

  /** One question serves all that wait. */
  #look(connection: Connection): void {
    if (connection.lookUnderWay || this.#connection !== connection) return
    connection.lookUnderWay = true
    const asked = this.#now
    this.#to(connection, database => {
      const row = database.readLease(connection.session)
      this.#from(connection, () => {
        connection.evidence.learn(asked, row)
        this.#check(connection)
        connection.lookUnderWay = false
        const pause = connection.answered.length > 0 ? waitingPause : usualPause
        this.#stage.timer(pause, this.#owner, () => this.#look(connection))
      })
    })
  }

  #search(): void {
    this.#stage.timer(searchEvery, this.#owner, () => this.#search())
    const [oldest] = this.#connection?.unanswered ?? []
    const suspects = oldest !== undefined && this.#now - oldest.asked > suspicion
    if (this.#connection !== undefined && !suspects) return
    for (const database of this.#databases) {
      if (database.region === this.#connection?.session.region) continue
      this.#stage.network.send({
        ...{ from: this.region, to: database.region, owner: database.owner },
        arrive: () => this.#connect(database),
      })
    }
  }

  #connect(database: VirtualPostgres): void {
    let connection: Connection | undefined
    const back = (arrive: () => void) =>
      this.#stage.network.send({ from: database.region, to: this.region, owner: this.#owner, arrive })
    const session = database.connect(() => back(() => (connection ? this.#lose(connection) : undefined)))
    if (session === undefined) return
    back(() => {
      const present = this.#connection?.session.epoch ?? 0
      if (session.epoch < this.#highestEpoch || present >= session.epoch) return
      connection = {
        ...{ session, evidence: this.#evidenceOf(), answered: [] },
        ...{ confirmed: Number.NEGATIVE_INFINITY, unanswered: new Set(), lookUnderWay: false },
      }
      this.#highestEpoch = session.epoch
      this.#connection = connection
      this.#stage.note(() => `runtime in ${this.region}: finds the primary in ${database.region}`)
      this.#look(connection)
    })
  }

  /** What was asked has no answer any more; what waits to be told is not told. */
  #lose(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined
  }

  #to({ session }: Connection, arrive: (database: VirtualPostgres) => void): void {
    const database = this.#databases.find(({ region }) => region === session.region)
    if (database === undefined) return
    const [from, to] = [this.region, session.region]
    this.#stage.network.send({ from, to, owner: database.owner, arrive: () => arrive(database) })
  }

  /** An answer that arrives after its connection was lost, or left for a newer primary, is not heard. */
  #from(connection: Connection, arrive: () => void): void {
    this.#stage.network.send({
      ...{ from: connection.session.region, to: this.region, owner: this.#owner },
      arrive: () => (this.#connection === connection ? arrive() : undefined),
    })
  }

  get #owner(): string {
    return `${this.region}/runtime`
  }

  get #now(): number {
    return this.#stage.clock(this.region)
  }
}
