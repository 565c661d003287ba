import { join } from "node:path"
import { onTestFinished } from "vitest"
import { makePassable } from "../state/state-directory.ts"
import type { RegionSpec } from "../targets/local/agent/spec.ts"
import { allocatePasswords, allocatePorts } from "../targets/local/allocation.ts"
import { passwordFile } from "../targets/local/layout.ts"
import { Forwarder } from "../targets/local/links/forwarder.ts"
import { openRegionDatabase } from "../targets/local/postgres/open-region-database.ts"
import type { RegionDatabase } from "../targets/local/postgres/region-database.ts"
import { regionSpec } from "./region-spec.ts"
import { scratchState } from "./scratch-state.ts"

/** A region whose database is real and whose agent is the test. */
export interface ScratchRegion {
  readonly spec: RegionSpec
  readonly database: RegionDatabase
  /** The same directory in the hands of a new supervisor. */
  reopened(): Promise<RegionDatabase>
  /** Called whenever PostgreSQL ends unasked. */
  onEnded: (wasReady: boolean) => void
}

export interface ScratchRegions {
  readonly east: ScratchRegion
  readonly west: ScratchRegion
  /** West's way to east's database. */
  readonly link: Forwarder
  /** Of the register. */
  readonly tokenFile: string
}

interface ThreeScratchRegions extends ScratchRegions {
  readonly north: ScratchRegion
  /** North's way to east's database. */
  readonly northLink: Forwarder
}

const host = "127.0.0.1"

export async function scratchRegions(): Promise<ScratchRegions> {
  const { region, link, tokenFile } = await allocated(["east", "west"])
  return { east: await region("east"), west: await region("west"), link: await link("west"), tokenFile }
}

export async function threeScratchRegions(): Promise<ThreeScratchRegions> {
  const { region, link, tokenFile } = await allocated(["east", "west", "north"])
  const [east, west, north] = [await region("east"), await region("west"), await region("north")]
  return { east, west, north, link: await link("west"), northLink: await link("north"), tokenFile }
}

/** Makes these regions, each with its own way to east. */
async function allocated(regions: readonly string[]) {
  const root = scratchState()
  const directories = { state: join(root, "app-1", "local"), run: join(root, "run"), cache: join(root, "cache") }
  await allocatePasswords(directories)
  const names = [...regions, ...regions.map(linkOf)].map(name => ({ name, inUse: false }))
  const ports = await allocatePorts(directories, names, AbortSignal.timeout(5_000))
  const port = (name: string) => ports[name] ?? 0
  const password = (name: "superuser" | "owner" | "runtime" | "replicator") => passwordFile(directories, name)
  const passwords = {
    superuser: password("superuser"),
    owner: password("owner"),
    runtime: password("runtime"),
    replicator: password("replicator"),
  }
  const region = (name: string) => {
    const directory = join(directories.state, "regions", name)
    const base = regionSpec({ region: name, directory, socket: join(directories.run, `r-${name}`) })
    const peers = regions
      .filter(other => other !== name)
      .map(other => ({ region: other, host, port: port(other === "east" ? linkOf(name) : other) }))
    return scratchRegion({ ...base, database: { ...base.database, port: port(name), passwords, peers } })
  }
  const link = async (from: string) => {
    const forwarder = new Forwarder({
      name: "east/database",
      listen: port(linkOf(from)),
      to: { host, port: port("east") },
    })
    await forwarder.listen()
    onTestFinished(() => forwarder.close())
    return forwarder
  }
  return { region, link, tokenFile: passwordFile(directories, "witness") }
}

const linkOf = (region: string): string => `${region}/link/east`

async function scratchRegion(spec: RegionSpec): Promise<ScratchRegion> {
  makePassable(spec.directory)
  const open = async () => {
    const database = await openRegionDatabase(spec, {
      onChange: () => undefined,
      onEnded: wasReady => region.onEnded(wasReady),
      onSpawned: () => undefined,
    })
    onTestFinished(() => database.stop())
    return database
  }
  const region: ScratchRegion = { spec, database: await open(), reopened: open, onEnded: () => undefined }
  return region
}
