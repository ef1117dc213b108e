import type { Commands } from './commands.ts'
import type { Ended } from './process.ts'

const noNetwork = '[commands have no network]'

const causes: readonly [pattern: RegExp, note: string][] = [
  [
    /network is unreachable|could ?n[o']t resolve|temporary failure in name resolution|name or service not known|ENETUNREACH|EAI_AGAIN|ENOTFOUND|ENOTCACHED|dial tcp|no route to host/i,
    noNetwork,
  ],
  [/\.git\b[^\n]*Read-only file system|Read-only file system[^\n]*\.git\b/i, '[.git is read-only for commands]'],
  [/Read-only file system|EROFS/i, '[nothing outside the workspace can be written]'],
]

/** What the sandbox may have to do with a failure, as lines for whoever reads the output. */
export function causesOf(
  { exitCode, output }: Pick<Ended, 'exitCode' | 'output'>,
  { network }: Pick<Commands, 'network'>,
): string[] {
  if (exitCode === 0) return []
  const notes = causes.flatMap(([pattern, note]) => (pattern.test(output) ? [note] : []))
  return notes.slice(0, 2).filter((note) => !network || note !== noNetwork)
}
