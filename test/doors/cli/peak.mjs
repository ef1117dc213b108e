// Says on standard error how much memory a process took at most, and how long it computed. What `process.resourceUsage`
// gives as memory counts the size of whoever started it too.
import { readFileSync, writeSync } from 'node:fs'

process.on('exit', () => {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  const milliseconds = process.cpuUsage().user / 1000
  writeSync(2, `[own peak: ${Math.round(Number(kilobytes) / 1024)} MB, computed ${Math.round(milliseconds)} ms]`)
})
