// Loaded into the program: writes down every file that it opens to read, one to a line of the file OPENS.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { openSync, readFileSync, appendFileSync } = fs
let isReading = false
const note = (file, flags = 'r') => {
  if (isReading || typeof file !== 'string' || /[wax]/.test(flags) || file.startsWith('/proc/')) return
  appendFileSync(process.env.OPENS, `${file}\n`)
}
fs.openSync = (file, ...rest) => (note(file, rest[0]), openSync(file, ...rest))
// It opens the file by itself.
fs.readFileSync = (file, ...rest) => {
  note(file)
  isReading = true
  try {
    return readFileSync(file, ...rest)
  } finally {
    isReading = false
  }
}
for (const name of ['open', 'readFile', 'readdir']) {
  const original = fs.promises[name]
  fs.promises[name] = (file, ...rest) => (note(file, name === 'open' ? rest[0] : 'r'), original(file, ...rest))
}
syncBuiltinESMExports()
