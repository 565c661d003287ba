import { mkdirSync, realpathSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { initRepository } from "./init-repository.ts"
import { repositoryState } from "./repository-state.ts"
import { git, repository, temporaryDirectory, useGitConfig } from "./testing/repository.ts"

beforeEach(() => useGitConfig(""))
afterEach(() => {
  vi.unstubAllEnvs()
})

it("tells what is checked out", async () => {
  const directory = repository()
  const head = git(directory, "rev-parse", "HEAD")
  const root = realpathSync(directory)
  expect(await repositoryState(directory)).toEqual({ root, head, branch: "main", dirty: false, dirtyPaths: [] })
  git(directory, "checkout", "--quiet", "--detach")
  expect(await repositoryState(directory)).toMatchObject({ head, branch: null })
})

it("has no head before the first commit", async () => {
  const directory = temporaryDirectory()
  git(directory, "init", "--quiet", "--initial-branch=main")
  writeFileSync(join(directory, "a"), "")
  expect(await repositoryState(directory)).toMatchObject({ head: null, branch: "main", dirty: true, dirtyPaths: ["a"] })
})

it("names what differs below the directory, relative to it: changed, staged, new, removed, with odd names", async () => {
  const root = repository()
  const app = join(root, "apps/bot")
  mkdirSync(join(app, "prompts"), { recursive: true })
  for (const name of ["changed", "removed"]) writeFileSync(join(app, name), "1")
  git(root, "add", ".")
  git(root, "-c", "user.name=T", "-c", "user.email=t@t", "commit", "--quiet", "-m", "App")
  writeFileSync(join(root, "elsewhere"), "1")
  writeFileSync(join(app, "changed"), "2")
  writeFileSync(join(app, "prompts/a b ü.md"), "3")
  git(app, "rm", "--quiet", "removed")
  const { dirtyPaths } = await repositoryState(app)
  expect([...dirtyPaths].sort()).toEqual(["changed", "prompts/a b ü.md", "removed"])
})

it("needs a repository", async () => {
  await expect(repositoryState(temporaryDirectory())).rejects.toMatchObject({ code: "LEDGER_NO_REPOSITORY" })
})

it("makes a repository with everything committed, whoever is asked for a name", async () => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, "chatops.yaml"), "app: x\n")
  writeFileSync(join(directory, ".gitignore"), "secret\n")
  writeFileSync(join(directory, "secret"), "1")
  const head = await initRepository(directory, "Create the app")
  expect(await repositoryState(directory)).toMatchObject({ head, branch: "main", dirty: false })
  expect(git(directory, "log", "--format=%s by %an")).toBe("Create the app by chatops")
  expect(git(directory, "ls-files")).toBe(".gitignore\nchatops.yaml")
  expect(await initRepository(directory, "Again")).toBe(head)
})

it("makes it inside another repository as well", async () => {
  const directory = join(repository(), "quickstart")
  mkdirSync(directory)
  writeFileSync(join(directory, "a"), "")
  await initRepository(directory, "Create the app")
  expect((await repositoryState(directory)).root).toBe(realpathSync(directory))
})
