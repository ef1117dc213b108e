import { type Stats, accessSync, constants, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { LocalBrainError } from '../errors.ts'
import { nearest } from '../text/nearest.ts'
import { shellWord } from '../text/shell-word.ts'
import { isOddName, relativeTo } from '../workspace/confine.ts'
import { contains } from '../workspace/contains.ts'
import { isSecret } from '../workspace/secrets.ts'
import type { Workspace } from '../workspace/workspace.ts'

type Refusal = { message: string; hint: string }

/** What a person can see of a path by themselves. No model is told. */
type Seen = {
  name: string
  path: string
  /** With every link followed; undefined where nothing is. */
  real: string | undefined
  stats: Stats | undefined
}

/** Why nothing can be read under a name that a person gave; `glob` when it is only the folder of one. */
export async function refusal(workspace: Workspace, cwd: string, name: string, glob = name): Promise<LocalBrainError> {
  const seen = look(name, resolve(cwd, name))
  const { message, hint } =
    noFile(seen) ??
    outside(seen, workspace, glob) ??
    secret(seen, workspace) ??
    unreadable(seen) ??
    (seen.stats ? notOpen(seen) : await missing(seen, workspace))
  return new LocalBrainError('missing-file', message, { hint })
}

function look(name: string, path: string): Seen {
  return { name, path, real: attempt(() => realpathSync.native(path)), stats: attempt(() => statSync(path)) }
}

function attempt<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

/** Pipes, sockets and devices, and links that lead to nothing. */
function noFile({ name, path, stats }: Seen): Refusal | undefined {
  const piped = '<command> | local-brain -f -'
  if (stats?.isFIFO()) return { message: `"${name}" is a pipe, not a file`, hint: `pipe into the program: ${piped}` }
  if (stats?.isSocket()) return { message: `"${name}" is a socket, not a file`, hint: `name a file, or: ${piped}` }
  if (stats?.isCharacterDevice() || stats?.isBlockDevice()) {
    return { message: `"${name}" is a device, not a file`, hint: `name a file, or: ${piped}` }
  }
  if (stats !== undefined || !attempt(() => lstatSync(path))?.isSymbolicLink()) return undefined
  const target = attempt(() => readlinkSync(path)) ?? ''
  return {
    message: `"${name}" is a link to "${target}", where nothing can be read`,
    hint: `name the file itself; see where the link leads with: ls -l ${shellWord(name)}`,
  }
}

function secret(seen: Seen, { root }: Workspace): Refusal | undefined {
  const { name, path, real, stats } = seen
  if (stats === undefined || ![path, real ?? path].some((one) => isSecretAt(relativeTo(root, one), stats)))
    return undefined
  return { message: notOpenMessage(name), hint: secretHint(seen) }
}

function isSecretAt(path: string, stats: Stats): boolean {
  return isSecret(path, stats.isDirectory() ? 'directory' : 'file')
}

function secretHint({ name, stats }: Seen): string {
  const why = 'its name or folder says that it is not meant to be shown'
  if (stats?.isDirectory()) return why
  return `${why}; to have it read all the same: local-brain < ${shellWord(name)}`
}

function outside(seen: Seen, { root }: Workspace, glob: string): Refusal | undefined {
  const { path, real, stats } = seen
  if (contains(root, real ?? path)) return undefined
  if (real === undefined || stats === undefined) {
    return {
      message: `File "${glob}" does not exist`,
      hint: `it lies outside of "${root}"; name another folder with --root`,
    }
  }
  const message = `"${glob}" ${contains(root, path) ? 'leads' : 'lies'} outside of "${root}"`
  // Another root would not open it either.
  if (isSecretAt(relativeTo(root, real), stats)) return { message, hint: secretHint(seen) }
  const isFolder = stats.isDirectory()
  const opened = `local-brain --root ${shellWord(isFolder ? real : dirname(real))} ${isFolder ? '-d' : '-f'} ${shellWord(real)}`
  return { message, hint: `open that folder: ${opened}` }
}

function unreadable({ name, path, stats }: Seen): Refusal | undefined {
  if (stats === undefined) return undefined
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch {
    return { message: `"${name}" may not be read: permission denied`, hint: `ls -ld ${shellWord(name)}` }
  }
}

function notOpen({ name, path, stats }: Seen): Refusal {
  const message = notOpenMessage(name)
  const anyway = `to have it read all the same: local-brain < ${shellWord(name)}`
  if (stats?.isDirectory()) return { message, hint: 'git ignores it; name the files in it one by one' }
  if (isOddName(path)) return { message, hint: `its name has characters that are not shown; ${anyway}` }
  return { message, hint: anyway }
}

function notOpenMessage(name: string): string {
  return `"${name}" is not open to a model`
}

/** More names than this are not looked through for a similar one. */
const maxFiles = 20_000

async function missing({ name, path }: Seen, workspace: Workspace): Promise<Refusal> {
  const message = `File "${name}" does not exist`
  const { paths } = await workspace.list({ limit: maxFiles })
  const wanted = basename(path)
  const guess = nearest(
    wanted,
    paths.map((known) => basename(known)),
  )
  const close = paths.filter((known) => basename(known) === guess).slice(0, 3)
  return {
    message,
    hint: close.length > 0 ? `did you mean ${close.join(' or ')}?` : workspace.git === null ? 'ls' : 'git ls-files',
  }
}

/** A file where a folder has to be. */
export function notAFolder(name: string): LocalBrainError {
  return new LocalBrainError('missing-file', `"${name}" is a file, not a folder`, {
    hint: `local-brain -f ${shellWord(name)}`,
  })
}
