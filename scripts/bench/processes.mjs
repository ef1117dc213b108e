import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

export const program = resolve('dist/bin/local-brain.js')
const time = '/usr/bin/time'

/** Runs a command to its end: milliseconds and what it said. */
export function run([file, ...args], { cwd, env }) {
  const started = performance.now()
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  return new Promise((done, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) done({ ms: performance.now() - started, stdout, stderr })
      else reject(new Error(`${file} ${args.join(' ')} ended with ${code}: ${stderr}`))
    })
  })
}

export function versionOf(node) {
  return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1)
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** Undefined where there is no `time` to ask. */
export async function peakMemory({ argv, cwd }, env) {
  if (!existsSync(time)) return undefined
  const { stderr } = await run([time, '-f', 'peak %M', ...argv], { cwd, env })
  const kilobytes = /peak (\d+)/.exec(stderr)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}
