import { ChatopsError } from "./chatops-error.ts"

/** Codes of the operating system that need no explanation of the place where they came up. */
const known = { ENOSPC: "DISK_FULL", EACCES: "NO_PERMISSION", EPERM: "NO_PERMISSION", EROFS: "NO_PERMISSION" } as const

/** Translates what the operating system said, when it is one of the usual bad days; anything else is returned as it is. */
export function systemError(error: Error): Error {
  if (error instanceof ChatopsError) return error
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || !(code in known)) return error
  return new ChatopsError(
    known[code as keyof typeof known],
    `${syscall ?? "a system call"} on ${path ?? "a file"}: ${code}`,
    { cause: error },
  )
}
