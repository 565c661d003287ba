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

const host = "127.0.0.1"

export async function scratchRegions(): Promise<ScratchRegions> {
  const root = scratchState()
  const directories = { state: join(root, "app-1", "local"), run: join(root, "run"), cache: join(root, "cache") }
  await allocatePasswords(directories)
  const names = ["east", "west", "link"].map(name => ({ name, inUse: false }))
  const ports = await allocatePorts(directories, names, AbortSignal.timeout(5_000))
  const port = (name: string) => ports[name] ?? 0
  const password = (name: "superuser" | "owner" | "runtime" | "replicator") => passwordFile(directories, name)
  const passwords = {
    superuser: password("superuser"),
    owner: password("owner"),
    runtime: password("runtime"),
    replicator: password("replicator"),
  }
  const region = (name: string, peers: RegionSpec["database"]["peers"]) => {
    const directory = join(directories.state, "regions", name)
    const base = regionSpec({ region: name, directory, socket: join(directories.run, `r-${name}`) })
    return scratchRegion({ ...base, database: { ...base.database, port: port(name), passwords, peers } })
  }
  const link = new Forwarder({ name: "east/database", listen: port("link"), to: { host, port: port("east") } })
  await link.listen()
  onTestFinished(() => link.close())
  return {
    east: await region("east", [{ region: "west", host, port: port("west") }]),
    west: await region("west", [{ region: "east", host, port: port("link") }]),
    link,
    tokenFile: passwordFile(directories, "witness"),
  }
}

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
