"use strict"
// Makes time pass faster for a whole process: `FASTER=factor:origin`, the origin in milliseconds since 1970. Processes with the same
// origin have the same time. Stories that take minutes are told in seconds, by the very program that users run.
const timers = require("node:timers")
const promises = require("node:timers/promises")
const { syncBuiltinESMExports } = require("node:module")

const [factor, origin] = process.env.FASTER.split(":").map(Number)
const RealDate = Date
const { setTimeout: later, setInterval: repeat } = globalThis
const signalAfter = AbortSignal.timeout
const promised = promises.setTimeout

const now = () => Math.round(origin + (RealDate.now() - origin) * factor)

class FasterDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now())
    else super(...given)
  }
  static now() {
    return now()
  }
}
const sooner = (ms) => (ms ?? 0) / factor

Object.assign(globalThis, {
  Date: FasterDate,
  setTimeout: Object.assign((act, ms, ...rest) => later(act, sooner(ms), ...rest), later),
  setInterval: (act, ms, ...rest) => repeat(act, sooner(ms), ...rest),
})
globalThis.setTimeout[require("node:util").promisify.custom] = (ms, ...rest) => promised(sooner(ms), ...rest)
timers.setTimeout = globalThis.setTimeout
timers.setInterval = globalThis.setInterval
promises.setTimeout = (ms, ...rest) => promised(sooner(ms), ...rest)
AbortSignal.timeout = (ms) => signalAfter.call(AbortSignal, Math.max(1, Math.round(sooner(ms))))
const performanceNow = performance.now.bind(performance)
performance.now = () => performanceNow() * factor
syncBuiltinESMExports()
