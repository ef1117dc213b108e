import { statSync } from 'node:fs'
import { escapeLine } from '../../text/escape.ts'
import { findProgram } from '../program.ts'
import { isAtLeast, oldest } from './bubblewrap.ts'
import { runProcess } from './process.ts'
import { type Sandbox, bubblewrapSandbox, seatbeltSandbox } from './sandbox.ts'

/** Why commands cannot be run here, and what to type. */
export type NoSandbox = { reason: string; hint: string }

const install = 'sudo apt install bubblewrap'
const withoutUser = 'allow user namespaces: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0'
const probeMs = 5000

type Search = {
  /** The PATH of the person; no folder of the repository is looked into. */
  path: string | undefined
  /** Canonical folders that a repository can fill. */
  folders: readonly string[]
  /** One of our own private folders. */
  own: string
}

/** The sandbox of this system, found by really starting it: that it is installed says nothing about whether it works. */
export async function findSandbox(search: Search, signal: AbortSignal): Promise<Sandbox | NoSandbox> {
  if (process.platform === 'linux') return findBubblewrap(search, signal)
  if (process.platform === 'darwin') return findSeatbelt(search.own, signal)
  return { reason: 'commands need a sandbox, and this system has none', hint: 'on Windows, use WSL 2' }
}

/** AppArmor's profile on Ubuntu names /usr/bin/bwrap, so that comes first. */
async function findBubblewrap({ path, folders, own }: Search, signal: AbortSignal): Promise<Sandbox | NoSandbox> {
  const program = findProgram('bwrap', `/usr/bin:${path ?? ''}`, folders).path
  if (program === undefined) return { reason: 'bubblewrap is not installed', hint: install }
  if ((statSync(program).mode & 0o4000) !== 0)
    return { reason: `${program} runs as root (setuid), which is not used`, hint: `sudo chmod u-s ${program}` }
  const words = /(\d+)\.(\d+)(?:\.\d+)?/.exec((await ask(program, ['--version'], signal)).output)
  if (!words) return { reason: `${program} does not say its version`, hint: install }
  const version = [Number(words[1]), Number(words[2])] as const
  if (!isAtLeast(version, oldest)) return { reason: `bubblewrap ${words[0]} is too old`, hint: 'install 0.5 or newer' }
  const nested = isAtLeast(version, [0, 8]) ? ['--disable-userns'] : []
  const probe = ['--unshare-all', '--unshare-user', ...nested, '--die-with-parent', '--clearenv', '--proc', '/proc']
  const system = ['--dev', '/dev', '--ro-bind', '/', '/', '--tmpfs', '/tmp']
  const tried = await ask(program, [...probe, ...system, '--', '/bin/sh', '-c', 'echo up'], signal)
  if (tried.exitCode === 0 && tried.output.includes('up')) {
    return bubblewrapSandbox({ program, version, words: words[0] }, own)
  }
  const said = escapeLine(tried.output.split('\n')[0] ?? '')
  return { reason: `bubblewrap cannot work here${said === '' ? '' : `: ${said}`}`, hint: hintOf(said) }
}

async function findSeatbelt(own: string, signal: AbortSignal): Promise<Sandbox | NoSandbox> {
  const program = '/usr/bin/sandbox-exec'
  const tried = await ask(program, ['-p', '(version 1)(allow default)', '/bin/echo', 'up'], signal)
  if (tried.exitCode === 0 && tried.output.includes('up')) return seatbeltSandbox(program, own)
  return { reason: 'sandbox-exec does not work here', hint: 'local-brain --sandbox none' }
}

async function ask(program: string, args: readonly string[], signal: AbortSignal) {
  const ended = runProcess({ program, args, env: {}, cwd: '/', timeoutMs: probeMs, signal })
  return ended.catch(() => ({ exitCode: null, output: '' }))
}

function hintOf(said: string): string {
  if (/uid map|namespace|Operation not permitted|Permission denied|No space left/i.test(said)) {
    return `${withoutUser}; in Docker: --security-opt seccomp=unconfined, or --sandbox none where the container is the box`
  }
  return install
}
