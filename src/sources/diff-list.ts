/** One file of a diff, as `git diff --raw -z` lists it. Paths are relative to the top of the repository. */
export type Change = {
  path: string
  /** Set when the file was renamed. */
  oldPath?: string
  /** git's letter: Added, Copied, Deleted, Modified, Renamed, Type changed, Unmerged. */
  status: string
  /** Octal, six digits; `000000` where there is no file. */
  oldMode: string
  newMode: string
  /** Lines added and removed; null when git takes the file for binary, undefined when it was not asked. */
  size?: { added: number; removed: number } | null
}

const rawRecord = /^:(\d{6}) (\d{6}) \S+ \S+ ([A-Z])\d*$/
const sizeRecord = /^(\d+|-)\t(\d+|-)\t/

/**
 * What `git diff --raw -z` says, with `--numstat` or without; `patch` is what follows it when the text was asked for too.
 * Names are taken byte for byte from between the NULs, so nothing in a name can be read as anything else.
 */
export function parseChanges(output: string): { changes: Change[]; patch: string } {
  const changes: Change[] = []
  const sizes = new Map<string, Change['size']>()
  let at = 0
  const next = () => {
    const end = output.indexOf('\0', at)
    const token = output.slice(at, end < 0 ? undefined : end)
    at = end < 0 ? output.length : end + 1
    return token
  }
  while (at < output.length) {
    const token = next()
    const raw = rawRecord.exec(token)
    const size = raw ? null : sizeRecord.exec(token)
    if (raw) changes.push(readRaw(raw, next))
    else if (size) sizes.set(sizePath(token.slice(size[0].length), next), readSize(size))
    else break
  }
  return { changes: changes.map((change) => ({ ...change, size: sizes.get(change.path) })), patch: output.slice(at) }
}

function readRaw([, oldMode = '', newMode = '', status = '']: RegExpExecArray, next: () => string): Change {
  const first = next()
  if (status !== 'R' && status !== 'C') return { path: first, status, oldMode, newMode }
  return { path: next(), oldPath: first, status, oldMode, newMode }
}

/** A rename's size has an empty name, then the old and the new one. */
function sizePath(name: string, next: () => string): string {
  if (name !== '') return name
  next()
  return next()
}

function readSize([, added, removed]: RegExpExecArray): Change['size'] {
  return added === '-' ? null : { added: Number(added), removed: Number(removed) }
}
