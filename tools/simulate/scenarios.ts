import type { Start } from "../../packages/stacks/src/failover/testing/model/initial-worlds.ts"
import { type Budget, nothing } from "../../packages/stacks/src/failover/testing/model/world.ts"

export interface Scenario {
  readonly name: string
  /** How long the search to its end takes on one core: seconds, up to half a minute, up to two minutes. */
  readonly length: "short" | "usual" | "long"
  readonly budget: Budget
  readonly start: Start
  /** West alone, where nothing is said. */
  readonly standbys?: readonly string[]
  /** The witness may go back to its first register. */
  readonly goesBack?: true
}

const guarded: Start = { inSync: true, onLoss: "degrade" }
const alone: Start = { inSync: false, onLoss: "degrade" }

export const scenarios: readonly Scenario[] = [
  {
    name: "block: a death and a failover",
    length: "short",
    budget: { ...nothing, commits: 1, crashes: 1, claims: 1 },
    start: { inSync: true, onLoss: "block" },
  },
  {
    name: "block, alone: a join that fails, a late walsender",
    length: "short",
    budget: { ...nothing, commits: 1, losses: 1, stops: 1 },
    start: { inSync: false, onLoss: "block" },
  },
  {
    name: "a lost standby and a failover, a late walsender",
    length: "usual",
    budget: { ...nothing, commits: 1, claims: 1, losses: 1, stops: 1 },
    start: guarded,
  },
  {
    name: "a lost standby, a failover, a primary that cannot reach the witness",
    length: "usual",
    budget: { ...nothing, commits: 1, claims: 1, losses: 1, lapses: 1 },
    start: guarded,
  },
  {
    name: "another promise and a failover",
    length: "short",
    budget: { ...nothing, commits: 1, claims: 1, policies: 1 },
    start: guarded,
  },
  {
    name: "block, alone: other promises",
    length: "short",
    budget: { ...nothing, commits: 1, policies: 1 },
    start: { inSync: false, onLoss: "block" },
  },
  {
    name: "a planned failover",
    length: "short",
    budget: { ...nothing, commits: 2, claims: 1, yields: 1 },
    start: guarded,
  },
  {
    name: "async: a planned failover",
    length: "short",
    budget: { ...nothing, commits: 1, claims: 1, yields: 2 },
    start: { ...alone, durability: "async" },
  },
  {
    name: "async: a failover, a primary that cannot reach the witness",
    length: "short",
    budget: { ...nothing, commits: 2, claims: 1, lapses: 1 },
    start: { ...alone, durability: "async" },
  },
  {
    name: "async: a death and a failover",
    length: "short",
    budget: { ...nothing, commits: 2, crashes: 1, claims: 1 },
    start: { ...alone, durability: "async" },
  },
  {
    name: "a lost standby and a forced failover",
    length: "usual",
    budget: { ...nothing, commits: 2, losses: 1, forces: 1 },
    start: guarded,
  },
  {
    name: "async: two deaths, two failovers, a primary that cannot reach the witness",
    length: "long",
    budget: { ...nothing, commits: 2, crashes: 2, claims: 2, lapses: 1 },
    start: { ...alone, durability: "async" },
  },
  {
    name: "a planned failover, a death and a lost standby",
    length: "long",
    budget: { ...nothing, commits: 1, crashes: 1, claims: 1, losses: 1, yields: 1 },
    start: guarded,
  },
  {
    name: "other promises, a lost standby and a failover",
    length: "long",
    budget: { ...nothing, commits: 1, claims: 1, losses: 1, policies: 2 },
    start: guarded,
  },
  {
    name: "another promise, a death and a failover",
    length: "usual",
    budget: { ...nothing, commits: 1, crashes: 1, claims: 1, policies: 1 },
    start: guarded,
  },
  {
    name: "alone: joins, a lost standby, two failovers",
    length: "usual",
    budget: { ...nothing, commits: 1, claims: 2, losses: 1 },
    start: alone,
  },
  {
    name: "a death, a lost standby and a failover",
    length: "usual",
    budget: { ...nothing, commits: 1, crashes: 1, claims: 1, losses: 1 },
    start: guarded,
  },
  {
    name: "two commits, a death, a lost standby and a failover",
    length: "long",
    budget: { ...nothing, commits: 2, crashes: 1, claims: 1, losses: 1 },
    start: guarded,
  },
  {
    name: "two deaths, a lost standby and a failover",
    length: "long",
    budget: { ...nothing, commits: 1, crashes: 2, claims: 1, losses: 1 },
    start: guarded,
  },
  {
    name: "three regions: a swap",
    length: "usual",
    standbys: ["west", "north"],
    budget: { ...nothing, commits: 1, yields: 1 },
    start: guarded,
  },
  {
    name: "three regions: a swap right after a join",
    length: "short",
    standbys: ["west", "north"],
    budget: { ...nothing, commits: 1, yields: 1 },
    start: { ...guarded, justNow: true },
  },
  {
    name: "a standby that is lost right after it joined, and a failover",
    length: "short",
    budget: { ...nothing, commits: 1, losses: 1, claims: 1 },
    start: { ...guarded, justNow: true },
  },
  {
    name: "block: a standby that is lost right after it joined, and a failover",
    length: "short",
    budget: { ...nothing, commits: 1, losses: 1, claims: 1 },
    start: { inSync: true, onLoss: "block", justNow: true },
  },
  {
    name: "three regions: a swap, a stopped walsender",
    length: "usual",
    standbys: ["west", "north"],
    budget: { ...nothing, commits: 1, yields: 1, stops: 1 },
    start: guarded,
  },
  {
    name: "three regions: a lost standby",
    length: "usual",
    standbys: ["west", "north"],
    budget: { ...nothing, commits: 1, losses: 1 },
    start: guarded,
  },
  {
    name: "a directory of no use and a failover",
    length: "short",
    budget: { ...nothing, commits: 1, claims: 1, useless: 1 },
    start: guarded,
  },
  {
    name: "block: a lost disk and a failover",
    length: "short",
    budget: { ...nothing, commits: 1, claims: 1, disks: 1 },
    start: { inSync: true, onLoss: "block" },
  },
  {
    name: "a lost disk and a failover",
    length: "short",
    budget: { ...nothing, commits: 1, claims: 1, disks: 1 },
    start: guarded,
  },
  {
    name: "names that cannot be set, and a lost standby",
    length: "short",
    budget: { ...nothing, commits: 1, losses: 1, refusals: 1 },
    start: alone,
  },
  {
    name: "block: a directory of no use, a death, and another promise",
    length: "short",
    budget: { ...nothing, commits: 1, crashes: 1, useless: 1, policies: 1 },
    start: { inSync: true, onLoss: "block" },
  },
  {
    name: "a failover, and the witness goes back",
    length: "short",
    budget: { ...nothing, commits: 1, claims: 1 },
    start: guarded,
    goesBack: true,
  },
  {
    name: "block: a death and a failover, and the witness goes back",
    length: "short",
    budget: { ...nothing, commits: 1, crashes: 1, claims: 1 },
    start: { inSync: true, onLoss: "block" },
    goesBack: true,
  },
  {
    name: "a lost standby, and the witness goes back",
    length: "short",
    budget: { ...nothing, commits: 1, losses: 1 },
    start: guarded,
    goesBack: true,
  },
  {
    name: "three regions: block: a failover",
    length: "usual",
    standbys: ["west", "north"],
    budget: { ...nothing, commits: 1, claims: 1 },
    start: { inSync: true, onLoss: "block" },
  },
  {
    name: "three regions: async: a death and a failover",
    length: "usual",
    standbys: ["west", "north"],
    budget: { ...nothing, commits: 1, crashes: 1, claims: 1 },
    start: { ...alone, durability: "async" },
  },
  {
    name: "a directory of no use, a lost standby and a failover",
    length: "usual",
    budget: { ...nothing, commits: 1, claims: 1, losses: 1, useless: 1 },
    start: guarded,
  },
  {
    name: "a lost disk, a lost standby and a failover",
    length: "long",
    budget: { ...nothing, commits: 1, claims: 1, losses: 1, disks: 1 },
    start: guarded,
  },
  {
    name: "three regions: block: a lost standby and another promise",
    length: "long",
    standbys: ["west", "north"],
    budget: { ...nothing, commits: 1, losses: 1, policies: 1 },
    start: { inSync: true, onLoss: "block" },
  },
]
