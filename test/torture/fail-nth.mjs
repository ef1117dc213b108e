// Loaded into the program: makes the n-th call to the file system fail, counted from when the program itself runs.
import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const target = Number(process.env.FAIL_NTH)
const code = process.env.FAIL_CODE ?? 'EIO'
let count = 0
let failed = ''

function failing(name, original) {
  return function (...args) {
    // Node reads the program itself with the same calls.
    if (String(args[0]).includes('/dist/')) return original.apply(this, args)
    count += 1
    if (count !== target) return original.apply(this, args)
    failed = name
    return Promise.reject(Object.assign(new Error(`${code}: made to fail, ${name}`), { code }))
  }
}

const handle = await open(process.execPath)
const prototype = Object.getPrototypeOf(handle)
await handle.close()
// close() is let be: that it failed nobody could do anything about.
for (const name of ['read', 'writeFile', 'appendFile', 'sync', 'stat']) {
  prototype[name] = failing(`handle.${name}`, prototype[name])
}
for (const name of ['open', 'rename', 'mkdir', 'readFile', 'readdir', 'opendir', 'realpath', 'lstat', 'stat', 'rm']) {
  fs.promises[name] = failing(name, fs.promises[name])
}
syncBuiltinESMExports()
process.on('exit', () => writeSync(2, `[failed:${failed}]`))
