// Loaded into the program: its pauses, and waits of half a minute and more, are over CLOCK_SPEED times as soon. What has
// to happen within seconds keeps its seconds. The end says how long it meant to pause.
import { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const speed = Number(process.env.CLOCK_SPEED ?? 1)

const later = globalThis.setTimeout
globalThis.setTimeout = (run, ms, ...more) => later(run, ms >= 30_000 ? ms / speed : ms, ...more)

const pause = timers.setTimeout
let paused = 0
timers.setTimeout = (ms, ...more) => {
  paused += ms
  return pause(ms / speed, ...more)
}
syncBuiltinESMExports()
process.on('exit', () => writeSync(2, `[paused:${Math.round(paused)}ms]`))
