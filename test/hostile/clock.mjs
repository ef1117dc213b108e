// Loaded into the program: its time passes CLOCK_SPEED times as fast, and its end says how long it meant to pause.
import { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const speed = Number(process.env.CLOCK_SPEED ?? 1)
const start = Date.now()
const { now } = Date
Date.now = () => start + (now() - start) * speed

const later = globalThis.setTimeout
globalThis.setTimeout = (run, ms, ...more) => later(run, ms / speed, ...more)

const pause = timers.setTimeout
let paused = 0
timers.setTimeout = (ms, ...more) => {
  paused += ms
  return pause(ms / speed, ...more)
}
syncBuiltinESMExports()
process.on('exit', () => writeSync(2, `[paused:${Math.round(paused)}ms]`))
