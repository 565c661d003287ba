import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { loadConfig } from "../../config/load-config.ts"
import { sampleWith } from "../../config/testing/sample.ts"
import { environmentOf } from "../../environment.ts"
import { scratchState } from "../../testing/scratch-state.ts"
import type { Ports } from "./allocation.ts"
import { PartSpecs, replicaNames } from "./part-specs.ts"

const regions = ["east", "west", "north"]
const replicas = replicaNames(2)

const [twoRegions, threeRegions] = ["{ east: {}, west: { weight: 2 } }", "{ east: {}, west: { weight: 2 }, north: {} }"]

async function specs(yaml = sampleWith(twoRegions, threeRegions)): Promise<PartSpecs> {
  const directory = join(scratchState(), "app")
  mkdirSync(join(directory, "prompts"), { recursive: true })
  writeFileSync(join(directory, "chatops.yaml"), yaml)
  writeFileSync(join(directory, "prompts", "support.md"), "Be kind.")
  const app = await loadConfig(directory)
  const local = app.environments.find(({ name }) => name === "local")
  return new PartSpecs(environmentOf(app, directory, local!), ports, { openai: "1" })
}

/** A port for everything, each its own. */
const names = regions.flatMap(region => [
  ...["database", "simulator", "link/witness", ...replicas].map(name => `${region}/${name}`),
  ...regions
    .filter(other => other !== region)
    .flatMap(other => ["", ...replicas.map(replica => `/${replica}`)].map(to => `${region}/link/${other}${to}`)),
])
const ports: Ports = Object.fromEntries(["witness", "entry", ...names].map((name, at) => [name, 20_000 + at]))

/** Where a region's processes connect to, besides its own. */
const portsIn = (value: unknown): number[] =>
  [...JSON.stringify(value).matchAll(/\b(2\d{4})\b/g)].map(([port]) => Number(port))

it.each(regions)(
  "%s reaches other regions and the witness through its own links alone, which can be cut",
  async region => {
    const spec = (await specs()).region(region)
    const own = names.filter(name => name.startsWith(`${region}/`)).map(name => ports[name])
    expect(
      portsIn({ ...spec, links: spec.links.map(({ listen }) => listen) }).filter(port => !own.includes(port)),
    ).toEqual([])
    const others = regions.filter(other => other !== region)
    expect(spec.links).toEqual([
      { name: "witness", listen: ports[`${region}/link/witness`], to: { host: "127.0.0.1", port: ports["witness"] } },
      ...others.flatMap(other => [
        {
          name: `${other}/database`,
          listen: ports[`${region}/link/${other}`],
          to: { host: "127.0.0.1", port: ports[`${other}/database`] },
        },
        ...replicas.map(replica => ({
          name: `${other}/${replica}`,
          listen: ports[`${region}/link/${other}/${replica}`],
          to: { host: "127.0.0.1", port: ports[`${other}/${replica}`] },
        })),
      ]),
    ])
  },
)

it.each(regions)(
  "%s knows every region's database, its own directly and the others' through its links",
  async region => {
    const spec = (await specs()).region(region)
    const others = regions.filter(other => other !== region)
    const through = others.map(other => ({ region: other, host: "127.0.0.1", port: ports[`${region}/link/${other}`] }))
    expect(spec.database.peers).toEqual(through)
    for (const replica of spec.replicas)
      expect(replica.database.hosts).toEqual([
        { region, host: "127.0.0.1", port: ports[`${region}/database`] },
        ...through,
      ])
    expect(spec.witness.url).toBe(`http://127.0.0.1:${ports[`${region}/link/witness`]}`)
  },
)

it.each(regions)("replicas of %s know all others, those of other regions through its links", async region => {
  const through = (other: string, replica: string) =>
    other === region ? `${region}/${replica}` : `${region}/link/${other}/${replica}`
  for (const { replica: own, peers } of (await specs()).region(region).replicas)
    expect(peers).toEqual(
      regions
        .flatMap(other => replicas.map(replica => ({ region: other, replica })))
        .filter(peer => peer.region !== region || peer.replica !== own)
        .map(peer => ({ ...peer, host: "127.0.0.1", port: ports[through(peer.region, peer.replica)] })),
    )
})

it("the entry knows every replica of every region", async () => {
  const { backends, regions: weights } = (await specs()).entry().gateway
  expect(backends.map(({ id, port }) => [id, port])).toEqual(
    regions.flatMap(region => replicas.map(replica => [`${region}/${replica}`, ports[`${region}/${replica}`]])),
  )
  expect(weights).toEqual({ east: { weight: 1 }, west: { weight: 2 }, north: { weight: 1 } })
})

it("the register begins at epoch 1, with nobody in sync and without an incarnation, and promises what is configured", async () => {
  const policy = { durability: "zero-loss", onLoss: "block", lease: 2_000 }
  const first = { epoch: 1, version: 1, primary: "west", incarnation: null, inSync: null, claim: "in-sync" }
  expect((await specs()).witness().initial).toEqual({ ...first, ...policy, nonce: "initial" })
  expect((await specs()).region("east").policy).toEqual(policy)
})

it("one region alone keeps no lease: nobody else could acknowledge anything", async () => {
  const alone = await specs(
    sampleWith(twoRegions, "{ west: {} }")
      .replace("durability: zero-loss", "durability: async")
      .replace("on-standby-loss: block", ""),
  )
  expect([alone.witness().initial.lease, alone.region("west").policy.lease]).toEqual([null, null])
})

it.each(regions)("replicas of %s show nothing that was confirmed more than a second ago", async region => {
  const staleness = (await specs()).region(region).replicas.map(({ database }) => database.maxStaleness)
  expect(staleness).toEqual(replicas.map(() => 1_000))
})
