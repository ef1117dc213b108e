import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Ended, command } from './local-brain.ts'

/** Whether the memory of the program can be measured: it runs on Node, and on Linux. */
export const isMeasured = process.platform === 'linux' && command.length === 2

/** For the program's environment, so that `peakOf` and `cpuOf` know. */
export const saysPeak = { NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'peak.mjs')).href}` }

/** Megabytes that the program itself took at most, without git. */
export function peakOf({ stderr }: Ended): number {
  return Number(/\[own peak: (\d+) MB,/.exec(stderr)?.[1] ?? Number.NaN)
}

/** Milliseconds of computing. */
export function cpuOf({ stderr }: Ended): number {
  return Number(/, computed (\d+) ms\]/.exec(stderr)?.[1] ?? Number.NaN)
}
