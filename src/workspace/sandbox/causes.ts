import type { Commands } from './commands.ts'
import { limits } from './policy.ts'
import type { Ended } from './process.ts'

const noNetwork = '[commands have no network]'

const tooLarge = '[no file of a command may be larger than 1 GB]'

const causes: readonly [pattern: RegExp, note: string][] = [
  [
    /network is unreachable|could ?n[o']t resolve|temporary failure in name resolution|name or service not known|ENETUNREACH|EAI_AGAIN|ENOTFOUND|ENOTCACHED|dial tcp|no route to host|connection refused|ECONNREFUSED|failed to connect to|cannot connect to the docker daemon/i,
    noNetwork,
  ],
  [/\.git\b[^\n]*Read-only file system|Read-only file system[^\n]*\.git\b/i, '[.git is read-only for commands]'],
  // Where all of it is about .git the line before says so.
  [/^(?![^\n]*\.git\b)[^\n]*(?:Read-only file system|EROFS)/im, '[nothing outside the workspace can be written]'],
  [/EFBIG|file too large|file size limit exceeded/i, tooLarge],
  [/EMFILE|too many open files/i, `[a command may have ${limits.openFiles} files open]`],
  [
    /fork: (?:retry: )?resource temporarily unavailable|(?:fork|spawn|clone|thread)\b[^\n]*(?:EAGAIN|resource temporarily unavailable)/i,
    `[commands may have ${limits.processes} processes]`,
  ],
]

/** What the sandbox may have to do with a failure, as lines for whoever reads the output. */
export function causesOf(
  { exitCode, output }: Pick<Ended, 'exitCode' | 'output'>,
  { network }: Pick<Commands, 'network'>,
): string[] {
  if (exitCode === 0) return []
  const notes = causes.flatMap(([pattern, note]) => (pattern.test(output) ? [note] : []))
  // What bash says of a program that was ended for the size of a file.
  if (exitCode === 153) notes.push(tooLarge)
  return [...new Set(notes)].slice(0, 2).filter((note) => !network || note !== noNetwork)
}
