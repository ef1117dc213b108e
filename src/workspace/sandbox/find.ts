import { statSync } from 'node:fs'
import { findProgram } from '../program.ts'
import { isAtLeast, oldest } from './bubblewrap.ts'
import { runProcess } from './process.ts'

/** bubblewrap as it was found on this machine. `words` is its version as it says it. */
export type Bubblewrap = { program: string; version: readonly [number, number]; words: string }

/** Why commands cannot be run here, and what to type. */
export type NoSandbox = { reason: string; hint: string }

const install = 'sudo apt install bubblewrap'
const withoutUser = 'allow user namespaces: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0'
const probeMs = 5000

/**
 * Looks for bubblewrap and really starts it: that it is installed says nothing about whether this system lets it work.
 * AppArmor's profile on Ubuntu names /usr/bin/bwrap, so that comes first. No folder of the repository is looked into.
 */
export async function findBubblewrap(
  path: string | undefined,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<Bubblewrap | NoSandbox> {
  if (process.platform !== 'linux') {
    return { reason: 'commands need a sandbox, and there is none for this system', hint: 'local-brain --sandbox none' }
  }
  const program = findProgram('bwrap', `/usr/bin:${path ?? ''}`, folders).path
  if (program === undefined) return { reason: 'bubblewrap is not installed', hint: install }
  if ((statSync(program).mode & 0o4000) !== 0)
    return { reason: `${program} runs as root (setuid), which is not used`, hint: `sudo chmod u-s ${program}` }
  const ask = async (args: string[]) =>
    runProcess({ program, args, timeoutMs: probeMs, signal }).catch(() => ({ exitCode: null, output: '' }))
  const words = /(\d+)\.(\d+)(?:\.\d+)?/.exec((await ask(['--version'])).output)
  if (!words) return { reason: `${program} does not say its version`, hint: install }
  const version = [Number(words[1]), Number(words[2])] as const
  if (!isAtLeast(version, oldest)) return { reason: `bubblewrap ${words[0]} is too old`, hint: 'install 0.5 or newer' }
  const nested = isAtLeast(version, [0, 8]) ? ['--disable-userns'] : []
  const probe = ['--unshare-all', '--unshare-user', ...nested, '--die-with-parent', '--clearenv', '--proc', '/proc']
  const system = ['--dev', '/dev', '--ro-bind', '/', '/', '--tmpfs', '/tmp']
  const tried = await ask([...probe, ...system, '--', '/bin/sh', '-c', 'echo up'])
  if (tried.exitCode === 0 && tried.output.includes('up')) return { program, version, words: words[0] }
  const said = tried.output.split('\n')[0] ?? ''
  return { reason: `bubblewrap cannot work here${said === '' ? '' : `: ${said}`}`, hint: hintOf(said) }
}

function hintOf(said: string): string {
  if (/uid map|namespace|Operation not permitted|Permission denied|No space left/i.test(said)) {
    return `${withoutUser}; in Docker: --security-opt seccomp=unconfined, or --sandbox none where the container is the box`
  }
  return install
}
