import { dirname } from 'node:path'
import type { Policy } from './policy.ts'

/**
 * The same policy as a profile for macOS's sandbox-exec. Written from what is published about it, and not tried on a Mac.
 */
export function seatbeltProfile(policy: Policy, temporary: string): string {
  const { folder, home, cache, readable, fixed, hidden, network } = policy
  const system = ['/System', '/usr', '/bin', '/sbin', '/Library', '/opt/homebrew', '/private/etc', '/dev']
  const writable = [folder, ...(cache === undefined ? [] : [cache]), temporary]
  const kept = [...fixed, ...hidden]
  // Moving a parent away would move what is protected out of its rule.
  const parents = [...new Set(kept.flatMap((path) => parentsBelow(folder, path)))]
  return [
    '(version 1)',
    '(deny default)',
    '(import "system.sb")',
    '(allow process-exec process-fork)',
    '(allow sysctl-read)',
    '(allow signal (target same-sandbox))',
    rule('allow file-read*', [...system, ...readable, ...writable]),
    rule('allow file-write*', writable),
    rule('deny file-read* file-write*', hidden),
    rule('deny file-write*', fixed),
    rule('deny file-write-unlink', [...kept, ...parents], 'literal'),
    rule('deny file-read*', [`${home}/.ssh`, `${home}/.gnupg`, `${home}/.aws`]),
    network ? '(allow network*)' : '(deny network*)',
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function rule(what: string, paths: readonly string[], filter = 'subpath'): string {
  if (paths.length === 0) return ''
  return `(${what}\n${paths.map((path) => `  (${filter} ${quoted(path)})`).join('\n')})`
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** The folders between a folder and a path below it, the innermost first. */
function parentsBelow(folder: string, path: string): string[] {
  const parents: string[] = []
  for (let at = dirname(path); at.startsWith(`${folder}/`); at = dirname(at)) parents.push(at)
  return parents
}
