import type http from "node:http"

/**
 * Answers that something is cut, and heals it when the request's body is over: whoever asks for it cannot leave it behind
 * by dying. The answer's end comes when it has healed.
 */
export function holdWhileAsked(request: http.IncomingMessage, response: http.ServerResponse, heal: () => void): void {
  request.once("end", () => {
    heal()
    response.end()
  })
  request.once("close", heal)
  request.resume()
  response.writeHead(200).flushHeaders()
}
