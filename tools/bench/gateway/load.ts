import { once } from "node:events"
import net from "node:net"

/** What the load sends, and how many at a time. */
export interface Load {
  readonly port: number
  readonly target: string
  readonly connections: number
  readonly requests: number
}

/** Sends requests over keep-alive connections, each the next when its answer is complete. Throws at any but a 200. */
export async function load({ port, target, connections, requests }: Load): Promise<void> {
  const bytes = request(target)
  let left = requests
  const lane = async () => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true })
    await once(socket, "connect")
    while (left > 0) {
      left -= 1
      socket.write(bytes)
      let answer = ""
      while (!isComplete(answer)) answer += ((await once(socket, "data")) as [Buffer])[0].toString("latin1")
      if (!answer.startsWith("HTTP/1.1 200")) throw new Error(answer)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, lane))
}

function isComplete(answer: string): boolean {
  const headEnd = answer.indexOf("\r\n\r\n")
  if (headEnd < 0) return false
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(answer)
  return length === null ? answer.endsWith("\r\n0\r\n\r\n") : answer.length >= headEnd + 4 + Number(length[1])
}

/** What the official client sends. */
function request(target: string): Buffer {
  const body = JSON.stringify({ model: "gpt-5-mini", input: "Where is my order 12345? It should have come yesterday." })
  const lines = [
    `POST ${target} HTTP/1.1`,
    "host: 127.0.0.1:8080",
    "connection: keep-alive",
    "accept: application/json",
    "content-type: application/json",
    "user-agent: OpenAI/JS 7.57.0",
    "authorization: Bearer sk-chatops-0123456789abcdef0123456789abcdef",
    "x-stainless-lang: js",
    "x-stainless-package-version: 7.57.0",
    "x-stainless-runtime: node",
    "x-stainless-retry-count: 0",
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`)
}
