import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { openLedger } from "./ledger.ts"
import { commit, git, repository, temporaryDirectory, useGitConfig } from "./testing/repository.ts"
import { record } from "./testing/sample-record.ts"

beforeEach(() => useGitConfig("[user]\n  name = Ada\n  email = ada@example.com\n"))
afterEach(() => {
  vi.unstubAllEnvs()
})

const log = (directory: string, format: string) => git(directory, "log", "-1", `--format=${format}`, "chatops/ledger")

it("keeps a record as one commit with a readable subject, trailers and JSON", async () => {
  const directory = repository()
  const ledger = openLedger(directory)
  const entry = await ledger.append(record())
  expect(entry.path).toBe("operations/2026/03/op-1.json")
  expect(log(directory, "%an <%ae>%n%B")).toMatchInlineSnapshot(`
    "Ada <ada@example.com>
    deploy local: 4 stacks created (rel_0123456789ab)

    Chatops-Operation: op-1
    Chatops-Kind: deploy
    Chatops-Environment: local
    Chatops-Outcome: succeeded
    Chatops-Release: rel_0123456789ab"
  `)
  expect(JSON.parse(git(directory, "show", `chatops/ledger:${entry.path}`))).toEqual(record())
  expect(await ledger.entry("op-1")).toEqual(entry)
  expect(await ledger.entry("op-2")).toBeUndefined()
})

it("is empty before the first operation", async () => {
  const ledger = openLedger(repository())
  expect(await ledger.entries({ limit: 10 })).toEqual([])
  expect(await ledger.entry("op-1")).toBeUndefined()
})

it("lists the newest operations first, over months, up to the limit", async () => {
  const ledger = openLedger(repository())
  const starts = {
    b: "2025-12-31T23:59:59.000Z",
    d: "2026-03-02T00:00:00.000Z",
    a: "2024-01-01T00:00:00.000Z",
    c: "2026-03-01T00:00:00.000Z",
  }
  for (const [id, startedAt] of Object.entries(starts)) await ledger.append(record({ id, startedAt }))
  const ids = async (limit: number) => (await ledger.entries({ limit })).map(entry => entry.record.id)
  expect(await ids(10)).toEqual(["d", "c", "b", "a"])
  expect(await ids(3)).toEqual(["d", "c", "b"])
})

it("gives back the entry that is there when a resumed operation records itself again", async () => {
  const directory = repository()
  const ledger = openLedger(directory)
  const first = await ledger.append(record())
  const tip = log(directory, "%H")
  expect(await ledger.append(record({ finishedAt: "2026-03-01T11:00:00.000Z" }))).toEqual(first)
  expect(log(directory, "%H")).toBe(tip)
  await expect(ledger.append(record({ outcome: "failed" }))).rejects.toMatchObject({ code: "LEDGER_CONFLICT" })
})

it("refuses an id that is no file name", async () => {
  const ledger = openLedger(repository())
  for (const id of ["../x", "a/b", "", ".git"]) await expect(ledger.append(record({ id }))).rejects.toThrow()
})

it("keeps text of many lines on one, so that trailers cannot be forged", async () => {
  const directory = repository()
  const forged = "\n\nChatops-Outcome: succeeded"
  await openLedger(directory).append(
    record({ summary: `no${forged}`, actor: forged, release: `r${forged}`, outcome: "failed" }),
  )
  expect(log(directory, "%(trailers:key=Chatops-Outcome,valueonly)")).toBe("failed")
  expect(log(directory, "%s")).toBe("deploy local: no Chatops-Outcome: succeeded (r Chatops-Outcome: succeeded)")
})

describe("works in whatever state the repository is", () => {
  const cases: Record<string, () => string> = {
    "without a commit": () => {
      const directory = temporaryDirectory()
      git(directory, "init", "--quiet")
      return directory
    },
    "with a detached head": () => {
      const directory = repository()
      git(directory, "checkout", "--quiet", "--detach")
      return directory
    },
    "with changes, staged and not": () => {
      const directory = repository()
      writeFileSync(join(directory, "staged"), "1")
      git(directory, "add", "staged")
      writeFileSync(join(directory, "chatops.yaml"), "changed")
      return directory
    },
    "with the index locked by a dead process": () => {
      const directory = repository()
      writeFileSync(join(directory, ".git/index.lock"), "")
      return directory
    },
    "from a subdirectory": () => {
      const directory = join(repository(), "apps/bot")
      mkdirSync(directory, { recursive: true })
      return directory
    },
    "in a linked worktree": () => {
      const directory = join(temporaryDirectory(), "linked")
      git(repository(), "worktree", "add", "--quiet", directory)
      return directory
    },
    "in a bare repository": () => {
      const directory = temporaryDirectory()
      git(directory, "init", "--quiet", "--bare")
      return directory
    },
    "with SHA-256 objects": () => repository("--object-format=sha256"),
    "with the ledger's branch checked out": () => {
      const directory = repository()
      git(directory, "checkout", "--quiet", "-b", "chatops/ledger")
      return directory
    },
    "with hooks that refuse everything": () => {
      const directory = repository()
      for (const hook of ["reference-transaction", "pre-commit", "commit-msg", "post-commit"]) {
        writeFileSync(
          join(directory, ".git/hooks", hook),
          '#!/bin/sh\ntouch "$(git rev-parse --git-dir)/hook-ran"\nexit 1\n',
        )
        chmodSync(join(directory, ".git/hooks", hook), 0o755)
      }
      return directory
    },
  }
  it.each(Object.entries(cases))("%s", async (_, prepare) => {
    const directory = prepare()
    const before = stateOf(directory)
    const ledger = openLedger(directory)
    await ledger.append(record({ id: "a" }))
    await ledger.append(record({ id: "b" }))
    expect((await ledger.entries({ limit: 5 })).map(entry => entry.record.id)).toEqual(["b", "a"])
    expect(stateOf(directory)).toEqual(before)
    expect(git(directory, "fsck", "--strict", "--no-dangling")).toBe("")
    expect(existsSync(join(directory, ".git/hook-ran"))).toBe(false)
  })

  /** What a user sees of their repository: the head and what differs from it, unless the ledger itself is checked out. */
  function stateOf(directory: string) {
    if (git(directory, "rev-parse", "--is-bare-repository") === "true") return "bare"
    const status = git(directory, "--no-optional-locks", "status", "--porcelain", "--branch")
    return status.includes("chatops/ledger") ? "the ledger" : status
  }
})

describe("works whatever the surroundings say", () => {
  it("inside a hook, whose environment names another repository", async () => {
    const [directory, other] = [repository(), repository()]
    vi.stubEnv("GIT_DIR", join(other, ".git"))
    vi.stubEnv("GIT_INDEX_FILE", join(other, ".git/index"))
    vi.stubEnv("GIT_WORK_TREE", other)
    vi.stubEnv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    vi.stubEnv("GIT_CONFIG_PARAMETERS", "'user.name=Nobody'")
    await openLedger(directory).append(record())
    vi.unstubAllEnvs()
    expect(git(other, "branch", "--list", "chatops/*")).toBe("")
    expect(Number(log(directory, "%ad").slice(-10, -6))).not.toBe(2001)
    expect(log(directory, "%an")).toBe("Ada")
  })

  it("without an identity", async () => {
    useGitConfig("")
    const directory = repository()
    vi.stubEnv("GIT_AUTHOR_NAME", "")
    await openLedger(directory).append(record())
    expect(log(directory, "%an <%ae> %cn <%ce>")).toBe("chatops <chatops@localhost> chatops <chatops@localhost>")
  })

  it("without guessing an identity from the machine's", async () => {
    useGitConfig("")
    vi.stubEnv("EMAIL", "root@localhost")
    const directory = repository()
    await openLedger(directory).append(record())
    expect(log(directory, "%an <%ae>")).toBe("chatops <chatops@localhost>")
  })

  it("with an identity from the environment", async () => {
    useGitConfig("")
    for (const role of ["AUTHOR", "COMMITTER"]) {
      vi.stubEnv(`GIT_${role}_NAME`, "CI")
      vi.stubEnv(`GIT_${role}_EMAIL`, "ci@example.com")
    }
    const directory = repository()
    await openLedger(directory).append(record())
    expect(log(directory, "%an <%ae>")).toBe("CI <ci@example.com>")
  })

  it("with settings that a pipeline injects", async () => {
    useGitConfig("")
    const settings = { "user.name": "Pipeline", "user.email": "ci@example.com", "credential.helper": "!false" }
    vi.stubEnv("GIT_CONFIG_COUNT", "3")
    for (const [index, [key, value]] of Object.entries(settings).entries()) {
      vi.stubEnv(`GIT_CONFIG_KEY_${index}`, key)
      vi.stubEnv(`GIT_CONFIG_VALUE_${index}`, value)
    }
    const directory = repository()
    await openLedger(directory).append(record())
    expect(log(directory, "%an")).toBe("Pipeline")
  })

  it("with an unusual configuration", async () => {
    const directory = repository("--template=")
    vi.stubEnv("EDITOR", "false")
    vi.stubEnv("PAGER", "false")
    vi.stubEnv("LC_ALL", "de_DE.UTF-8")
    useGitConfig(`[user]
  name = Ada Lövelace
  email = ada@example.com
  signingKey = none
[core]
  autocrlf = true
  eol = crlf
  quotePath = true
  hooksPath = /nowhere
[commit]
  gpgSign = true
[gpg]
  program = false
[i18n]
  commitEncoding = ISO-8859-1
  logOutputEncoding = ISO-8859-1
[log]
  showSignature = true
`)
    const ledger = openLedger(directory)
    await ledger.append(record({ summary: "Grüße" }))
    expect((await ledger.entry("op-1"))?.record).toEqual(record({ summary: "Grüße" }))
    const raw = git(directory, "cat-file", "commit", "chatops/ledger")
    expect(raw).toContain("Ada Lövelace")
    expect(raw).toContain("deploy local: Grüße")
    expect(raw).not.toMatch(/^(encoding|gpgsig)/m)
  })
})

describe("says what stands against it", () => {
  const refused = async (directory: string, code: string) => {
    const error = await openLedger(directory, { patience: 0 })
      .append(record())
      .catch(error => error)
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/\w/) })
    return error
  }

  it("no repository", async () => {
    await refused(temporaryDirectory(), "LEDGER_NO_REPOSITORY")
    await refused(join(temporaryDirectory(), "missing"), "LEDGER_NO_REPOSITORY")
  })
  it("no git", async () => {
    const directory = repository()
    vi.stubEnv("PATH", "/nowhere")
    await refused(directory, "GIT_NOT_FOUND")
  })
  it("the branch's lock held by somebody, named so that it can be removed", async () => {
    const directory = repository()
    mkdirSync(join(directory, ".git/refs/heads/chatops"))
    writeFileSync(join(directory, ".git/refs/heads/chatops/ledger.lock"), "")
    expect((await refused(directory, "LEDGER_BUSY")).message).toContain("ledger.lock")
  })
  it("a branch in the way of the ledger's name", async () => {
    const directory = repository()
    git(directory, "branch", "chatops")
    expect((await refused(directory, "LEDGER_UNREADABLE")).hint).toContain("git branch -m chatops")
  })
  it("a branch that points to no commit", async () => {
    const directory = repository()
    const blob = git(directory, "hash-object", "-w", "chatops.yaml")
    mkdirSync(join(directory, ".git/refs/heads/chatops"))
    writeFileSync(join(directory, ".git/refs/heads/chatops/ledger"), `${blob}\n`)
    await refused(directory, "LEDGER_UNREADABLE")
  })
  it("a file where a directory belongs", async () => {
    const directory = repository()
    writeFileSync(join(directory, "operations"), "x")
    git(directory, "add", "operations")
    commit(directory, "A file called operations")
    git(directory, "branch", "chatops/ledger")
    await refused(directory, "LEDGER_UNREADABLE")
  })
  it("an object that is lost", async () => {
    const directory = repository()
    const ledger = openLedger(directory)
    await ledger.append(record({ id: "a" }))
    const tree = git(directory, "rev-parse", "chatops/ledger:operations")
    rmSync(join(directory, ".git/objects", tree.slice(0, 2), tree.slice(2)))
    await expect(ledger.entries({ limit: 1 })).rejects.toMatchObject({ code: "LEDGER_UNREADABLE" })
  })
  it.each([
    ["no JSON", "{", "it is not JSON"],
    ["another shape", "{}", "schema"],
    ["a newer version's record", '{"schema":2}', "a newer version"],
  ])("an entry that holds %s, by its path", async (_, text, why) => {
    const directory = repository()
    mkdirSync(join(directory, "operations/2026/03"), { recursive: true })
    writeFileSync(join(directory, "operations/2026/03/bad.json"), text)
    git(directory, "add", ".")
    commit(directory, "Bad")
    git(directory, "branch", "chatops/ledger")
    const error = await openLedger(directory)
      .entries({ limit: 9 })
      .catch(error => error)
    expect(error.code).toBe("LEDGER_UNREADABLE")
    expect(error.message).toContain("operations/2026/03/bad.json")
    expect(error.message).toContain(why)
  })
})

it("keeps foreign files that lie in the branch", async () => {
  const directory = repository()
  git(directory, "branch", "chatops/ledger")
  const ledger = openLedger(directory)
  await ledger.append(record())
  expect(git(directory, "show", "chatops/ledger:chatops.yaml")).toBe("app: x")
  expect(await ledger.entries({ limit: 5 })).toHaveLength(1)
})
