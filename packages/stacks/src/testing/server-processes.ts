import { commandLine, identify, listProcesses, type ProcessIdentity, signal } from "../process/process-identity.ts"

/** The processes of the server with this postmaster whose title, as PostgreSQL sets it, says so; at once. */
export function serverProcesses(postmaster: number, title: RegExp): ProcessIdentity[] {
  return listProcesses().filter(({ pid, parent }) => parent === postmaster && title.test(commandLine(pid)))
}

/** As when its machine goes: the postmaster first, lest it hears of its children's end. */
export function killServer(postmaster: number): void {
  const children = serverProcesses(postmaster, /postgres/)
  const first = identify(postmaster)
  for (const victim of first === undefined ? children : [first, ...children]) signal(victim, "SIGKILL")
}

/** As when its machine stands still. Returns what makes it go on. */
export function freezeServer(postmaster: number): () => void {
  const own = identify(postmaster)
  const all = [...(own === undefined ? [] : [own]), ...serverProcesses(postmaster, /postgres/)]
  for (const each of all) signal(each, "SIGSTOP")
  return () => {
    for (const each of all) signal(each, "SIGCONT")
  }
}
