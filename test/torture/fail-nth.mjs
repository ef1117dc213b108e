// Loaded into the program: makes the n-th call to the file system fail, counted from when the program itself runs.
import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const target = Number(process.env.FAIL_NTH)
const code = process.env.FAIL_CODE ?? 'EIO'
/** Only calls on files with such a path count. */
const counted = new RegExp(process.env.FAIL_ON ?? '')
const handles = new WeakSet()
const descriptors = new Set()
let count = 0
let failed = ''

function failing(name, original) {
  return function (...args) {
    // Node reads the program itself with the same calls.
    if (String(args[0]).includes('/dist/')) return original.apply(this, args)
    const isCounted = this instanceof FileHandle ? handles.has(this) : args.some((arg) => counted.test(String(arg)))
    if (!isCounted && process.env.FAIL_ON !== undefined) return original.apply(this, args)
    if (isNext(name)) return Promise.reject(failure(name))
    return name === 'open' ? original.apply(this, args).then(remembered) : original.apply(this, args)
  }
}

/** The same for a call that returns at once. */
function failingSync(name, original) {
  return function (...args) {
    if (String(args[0]).includes('/dist/')) return original.apply(this, args)
    const isCounted = descriptors.has(args[0]) || args.some((arg) => counted.test(String(arg)))
    if ((isCounted || process.env.FAIL_ON === undefined) && isNext(name)) throw failure(name)
    const result = original.apply(this, args)
    // A number is given again once it was closed.
    if (name === 'openSync') descriptors[isCounted ? 'add' : 'delete'](result)
    return result
  }
}

function isNext(name) {
  count += 1
  if (count !== target) return false
  failed = name
  // A power cut.
  if (code === 'KILL') process.kill(process.pid, 'SIGKILL')
  return true
}

const failure = (name) => Object.assign(new Error(`${code}: made to fail, ${name}`), { code })

function remembered(handle) {
  handles.add(handle)
  return handle
}

const handle = await open(process.execPath)
const FileHandle = handle.constructor
const prototype = Object.getPrototypeOf(handle)
await handle.close()
// close() is let be: that it failed nobody could do anything about.
for (const name of ['read', 'writeFile', 'appendFile', 'sync', 'stat', 'chmod']) {
  prototype[name] = failing(`handle.${name}`, prototype[name])
}
const calls = ['open', 'rename', 'link', 'mkdir', 'readFile', 'readdir', 'opendir', 'realpath', 'lstat', 'stat', 'rm']
for (const name of [...calls, 'rmdir']) {
  fs.promises[name] = failing(name, fs.promises[name])
}
for (const name of ['openSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'mkdirSync', 'rmSync']) {
  fs[name] = failingSync(name, fs[name])
}
syncBuiltinESMExports()
process.on('exit', () => writeSync(2, `[failed:${failed}]`))
