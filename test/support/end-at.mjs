// Loaded into a command before anything else (`--import`): ends or stops it at one exact moment, as a power cut or a
// debugger would. From outside, a step that takes a millisecond can be met by luck only.
import fs from "node:fs"
import http from "node:http"
import { syncBuiltinESMExports } from "node:module"

const { signal, begun, done, asks } = JSON.parse(process.env.CHATOPS_TEST_END_AT)
// Nobody that this command starts is meant.
delete process.env.CHATOPS_TEST_END_AT
delete process.env.NODE_OPTIONS

/** The kernel delivers it before this returns. */
const end = () => process.kill(process.pid, signal)
const says = (data, type, step) => data.includes(`{"type":"${type}","step":"${step}"`)

const { writeSync, fsyncSync } = fs
let endsWhenSynced = false
fs.writeSync = (fd, data, ...rest) => {
  if (done !== undefined && says(data, "step-finished", done)) end()
  if (begun !== undefined && says(data, "step-started", begun)) endsWhenSynced = true
  return writeSync(fd, data, ...rest)
}
fs.fsyncSync = fd => {
  fsyncSync(fd)
  if (endsWhenSynced) end()
  endsWhenSynced = false
}
const { request } = http
http.request = (options, ...rest) => {
  if (asks !== undefined && options.path === asks) end()
  return request(options, ...rest)
}
syncBuiltinESMExports()
