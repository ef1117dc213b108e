// Says on standard error how much memory a process took at most. What `process.resourceUsage` gives counts the size of
// whoever started it too.
import { readFileSync, writeSync } from 'node:fs'

process.on('exit', () => {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  writeSync(2, `[own peak: ${Math.round(Number(kilobytes) / 1024)} MB]`)
})
