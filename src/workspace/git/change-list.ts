import { LocalBrainError } from '../../errors.ts'

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
  /** What git calls the content of both sides; zeros where there is none, or where it lies in the working tree. */
  ids?: readonly [old: string, new: string]
  /** Lines added and removed; null when git takes the file for binary, undefined when it did not say. */
  size?: { added: number; removed: number } | null
}

// A file in conflict has a record of its own kind when text is asked for too: `::mode mode mode id id id MM`.
const rawRecord = /^:(:*)(\d{6})(?: \d{6})* (\d{6}) ([0-9a-f]+)(?: [0-9a-f]+)* ([0-9a-f]+) ([A-Z])[A-Z\d]*$/
const sizeRecord = /^(\d+|-)\t(\d+|-)\t/

/**
 * What `git diff --raw -z` says, with `--numstat` or without; `patch` is what follows it when the text was asked for too.
 * Names are taken byte for byte from between the NULs, so nothing in a name can be read as anything else.
 */
export function parseChanges(output: string): { changes: Change[]; patch: string } {
  const changes = new Map<string, Change>()
  const once = createOnce()
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
    if (raw) addChange(changes, readRaw(raw.map(once), next))
    else if (size) setSize(changes.get(sizePath(token.slice(size[0].length), next)), size)
    else if (token === '') break
    else throw new LocalBrainError('git-failed', 'git diff: its list of files cannot be read')
  }
  return { changes: [...changes.values()], patch: output.slice(at) }
}

/** Of a file in conflict the working tree's record comes second, and is not what it says. */
function addChange(changes: Map<string, Change>, change: Change): void {
  if (!changes.has(change.path)) changes.set(change.path, change)
}

/** Modes and ids repeat: in a list of 100,000 files one text for each is some 20 MB. */
function createOnce(): (text: string | undefined, index: number) => string {
  const texts = new Map<string, string>()
  return (text = '', index) => {
    if (index === 0) return ''
    const known = texts.get(text)
    if (known === undefined) texts.set(text, text)
    return known ?? text
  }
}

function readRaw(record: readonly string[], next: () => string): Change {
  const [, conflict, oldMode = '', newMode = '', oldId = '', newId = '', letter = ''] = record
  const status = conflict === '' ? letter : 'U'
  const rest = { status, oldMode, newMode, ids: [oldId, newId] as const }
  const first = next()
  return status === 'R' || status === 'C' ? { path: next(), oldPath: first, ...rest } : { path: first, ...rest }
}

/** A rename's size has an empty name, then the old and the new one. */
function sizePath(name: string, next: () => string): string {
  if (name !== '') return name
  next()
  return next()
}

function setSize(change: Change | undefined, [, added, removed]: RegExpExecArray): void {
  if (change === undefined) return
  // Of a binary file that was only renamed, or got another mode, git counts no lines, but nothing of it changed.
  const [old, now] = change.ids ?? []
  const isSame = old !== undefined && old === now && /[^0]/.test(old)
  if (added !== '-') change.size = { added: Number(added), removed: Number(removed) }
  else change.size = isSame ? { added: 0, removed: 0 } : null
}
