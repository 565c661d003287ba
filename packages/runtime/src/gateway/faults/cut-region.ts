import type http from "node:http"
import { cutRegionPath } from "../../contract/index.ts"
import type { RegionCuts } from "./region-cuts.ts"

/** Cuts a region off for as long as the request's body goes on: whoever asked for it cannot leave it behind by dying. */
export function cutRegion(cuts: RegionCuts, request: http.IncomingMessage, response: http.ServerResponse): void {
  const region = decodeURIComponent(request.url?.slice(cutRegionPath("").length) ?? "")
  const heal = cuts.cut(region)
  request.once("end", () => {
    heal()
    response.end()
  })
  request.once("close", heal)
  request.resume()
  response.writeHead(200).flushHeaders()
}
