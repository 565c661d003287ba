import { createHash, randomBytes } from "node:crypto"
import { type PrimaryDatabase, statement } from "../database/index.ts"

/** A browser's key. */
export interface ChatSession {
  readonly key: string
  readonly expiresAt: Date
}

export interface ChatSessions {
  /**
   * Uses up a one-time token; undefined when it is unknown, used or expired. Only the first of several that race
   * for one token gets a session, unless they bring the same nonce: then the last one's counts, for a minute.
   * Throws `DatabaseUnavailable` and `CommitUnknown`.
   */
  open(token: string, nonce: string | undefined): Promise<ChatSession | undefined>
}

const sessionLength = "12 hours"

export function createChatSessions(database: PrimaryDatabase): ChatSessions {
  return {
    async open(token, nonce) {
      const key = `sk-chatops-${randomBytes(32).toString("base64url")}`
      const opened = await database.transaction(async transaction => {
        const [row] = await transaction.run<{ expires_at: Date }>(openSession, [
          sha256(token),
          nonce === undefined ? null : sha256(nonce),
          sha256(key),
          sessionLength,
        ])
        return row
      })
      return opened && { key, expiresAt: opened.expires_at }
    },
  }
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest()

const openSession = statement(
  "open-chat-session",
  "SELECT expires_at FROM chatops.open_session($1, $2, $3, $4::interval)",
)
