import { describe, expect, it } from "vitest"
import { isHeadFault, parseRequestHead } from "./request-head.ts"

const head = (...lines: string[]) => parseRequestHead(`${lines.join("\r\n")}\r\n\r\n`)
const statusOf = (...lines: string[]) => {
  const parsed = head(...lines)
  return isHeadFault(parsed) ? parsed.status : 200
}

describe("a request's head", () => {
  it.each<[number, string, string[]]>([
    [200, "a plain request", ["GET / HTTP/1.1", "Host: a"]],
    [400, "length beside coding", ["POST / HTTP/1.1", "Host: a", "Content-Length: 3", "Transfer-Encoding: chunked"]],
    [400, "coding beside length", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Content-Length: 3"]],
    [400, "two equal lengths", ["POST / HTTP/1.1", "Host: a", "Content-Length: 3", "Content-Length: 3"]],
    [400, "two lengths in one line", ["POST / HTTP/1.1", "Host: a", "Content-Length: 3, 3"]],
    [400, "a signed length", ["POST / HTTP/1.1", "Host: a", "Content-Length: +3"]],
    [400, "a negative length", ["POST / HTTP/1.1", "Host: a", "Content-Length: -3"]],
    [400, "a hexadecimal length", ["POST / HTTP/1.1", "Host: a", "Content-Length: 0x3"]],
    [400, "an empty length", ["POST / HTTP/1.1", "Host: a", "Content-Length:"]],
    [400, "a length beyond all numbers", ["POST / HTTP/1.1", "Host: a", `Content-Length: ${"9".repeat(40)}`]],
    [400, "two codings", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]],
    [501, "a coding before chunked", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked"]],
    [501, "chunked twice", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked, chunked"]],
    [501, "a coding that is nearly chunked", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked"]],
    [501, "identity", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: identity"]],
    [400, "a vertical tab before chunked", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: \x0bchunked"]],
    [501, "a no-break space around chunked", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: \xa0chunked"]],
    [400, "a coding in HTTP/1.0", ["POST / HTTP/1.0", "Host: a", "Transfer-Encoding: chunked"]],
    [400, "a space before the colon", ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding : chunked"]],
    [400, "a tab before the colon", ["POST / HTTP/1.1", "Host: a", "Content-Length\t: 3"]],
    [400, "a folded line", ["POST / HTTP/1.1", "Host: a", "X-A: b", " Content-Length: 3"]],
    [400, "a folded first line", ["POST / HTTP/1.1", " Host: a"]],
    [400, "a bare LF between headers", ["POST / HTTP/1.1", "Host: a\nContent-Length: 3"]],
    [400, "a bare CR inside a value", ["POST / HTTP/1.1", "Host: a", "X-A: b\rContent-Length: 3"]],
    [400, "a NUL inside a value", ["GET / HTTP/1.1", "Host: a", "X-A: b\0c"]],
    [400, "a line without colon", ["GET / HTTP/1.1", "Host: a", "nonsense"]],
    [400, "an empty name", ["GET / HTTP/1.1", "Host: a", ": x"]],
    [400, "a name with a space", ["GET / HTTP/1.1", "Host: a", "X A: x"]],
    [400, "a name that is not ASCII", ["GET / HTTP/1.1", "Host: a", "X-\xe9: x"]],
    [400, "no Host", ["GET / HTTP/1.1", "X-A: x"]],
    [400, "two Hosts", ["GET / HTTP/1.1", "Host: a", "Host: a"]],
    [400, "a Host with a path", ["GET / HTTP/1.1", "Host: a/b"]],
    [400, "a Host with a user", ["GET / HTTP/1.1", "Host: a@b"]],
    [400, "a Host with a space", ["GET / HTTP/1.1", "Host: a b"]],
    [200, "no Host in HTTP/1.0", ["GET / HTTP/1.0"]],
    [200, "a bracketed Host", ["GET / HTTP/1.1", "Host: [2001:db8::1]:443"]],
    [400, "no target", ["GET HTTP/1.1", "Host: a"]],
    [400, "two spaces", ["GET  / HTTP/1.1", "Host: a"]],
    [400, "a space in the target", ["GET /a b HTTP/1.1", "Host: a"]],
    [400, "a raw byte in the target", ["GET /\xe9 HTTP/1.1", "Host: a"]],
    [400, "a relative target", ["GET a HTTP/1.1", "Host: a"]],
    [400, "another scheme", ["GET ftp://a/ HTTP/1.1", "Host: a"]],
    [400, "an asterisk for GET", ["GET * HTTP/1.1", "Host: a"]],
    [200, "an asterisk for OPTIONS", ["OPTIONS * HTTP/1.1", "Host: a"]],
    [400, "a method that is no token", ["G(T / HTTP/1.1", "Host: a"]],
    [405, "CONNECT", ["CONNECT /a HTTP/1.1", "Host: a"]],
    [400, "no version", ["GET /", "Host: a"]],
    [400, "a version in lower case", ["GET / http/1.1", "Host: a"]],
    [505, "HTTP/2's preface", ["PRI * HTTP/2.0"]],
    [505, "HTTP/1.2", ["GET / HTTP/1.2", "Host: a"]],
    [417, "an unknown expectation", ["GET / HTTP/1.1", "Host: a", "Expect: tea"]],
    [431, "too many lines", ["GET / HTTP/1.1", "Host: a", ...Array.from({ length: 100 }, (_, at) => `x-${at}: 1`)]],
  ])("gets %i for %s", (status, _name, lines) => {
    expect(statusOf(...lines)).toBe(status)
  })

  it("keeps values as they are, without the whitespace around them", () => {
    expect(head("GET /a?b HTTP/1.1", "HOST:a", "X-One: \t b  c \t", "X-Two:", "X-Three: \xe9")).toMatchObject({
      target: "/a?b",
      fields: ["host", "a", "x-one", "b  c", "x-two", "", "x-three", "\xe9"],
    })
  })

  it("takes the authority of an absolute target instead of Host", () => {
    expect(head("GET http://b:81/x?y HTTP/1.1", "Host: a")).toMatchObject({ target: "/x?y", host: "b:81" })
    expect(head("GET http://b?y HTTP/1.1", "Host: a")).toMatchObject({ target: "/?y", host: "b" })
    expect(statusOf("GET http://u@b/ HTTP/1.1", "Host: a")).toBe(400)
  })

  it.each([
    ["HTTP/1.1", [], true],
    ["HTTP/1.1", ["Connection: close"], false],
    ["HTTP/1.1", ["Connection: x, Close"], false],
    ["HTTP/1.1", ["Connection: x", "Connection: close"], false],
    ["HTTP/1.0", ["Connection: keep-alive"], false],
  ] as const)("%s with %j is kept alive: %s", (version, lines, keepAlive) => {
    expect(head(`GET / ${version}`, "Host: a", ...lines)).toMatchObject({ keepAlive })
  })
})
