import { expect, it } from "vitest"
import { couldReach } from "./request-target.ts"

it.each([
  "/metrics",
  "/metrics/",
  "/metrics?x=1",
  "/metrics#x",
  "/metrics;x",
  "//metrics",
  "/./metrics",
  "/x/../metrics",
  "/../metrics",
  "/%6detrics",
  "/%256detrics",
  "/%2e/metrics",
  "/x%2f..%2fmetrics",
  "/METRICS",
  "/x\\..\\metrics",
  "/x/..//metrics//",
])("%s could reach /metrics", target => expect(couldReach(target, "/metrics")).toBe(true))

it.each(["/", "/v1/metrics", "/metricsx", "/metrics/x", "/v1/responses?metrics", "/%"])("%s could not", target =>
  expect(couldReach(target, "/metrics")).toBe(false),
)
