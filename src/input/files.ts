import { join, posix } from 'node:path'
import { LocalBrainError, isError } from '../errors.ts'
import { keepYoungSmall } from '../v8.ts'
import { relativeTo } from '../workspace/confine.ts'
import { isNamedBinary, isNamedText } from '../workspace/decode.ts'
import { entryAt } from '../workspace/entry.ts'
import type { FileText, Workspace } from '../workspace/workspace.ts'
import { type Marks, marksNow } from './attributes.ts'
import { isLockName } from './data-files.ts'
import { unitsOfFile } from './file-units.ts'
import { findFiles } from './find-files.ts'
import { isNotebook } from './notebook.ts'
import { skipByMarks, skipByText, skipEmpty } from './skip.ts'
import {
  type GatherContext,
  type NotReviewed,
  type Source,
  type Unit,
  type Work,
  countLines,
  lossyWarning,
  maxText,
  sizeOf,
} from './unit.ts'
import { vendoredPaths } from './vendored.ts'

const megabyte = 1024 * 1024
/** A walk takes no file above this: what is larger is data. What a person names is read further, and so are notebooks. */
const byteLimits = { walked: megabyte, named: 4 * megabyte }

const filesAtOnce = 16
const manyFiles = 1000
/** Files that git is asked about at once: few while the first request waits for them, then as many as save processes. */
const portions = { first: 100, later: 5000 }

/** A file's text, or why it is left out. */
type Loaded = FileText | NotReviewed

/**
 * The files of the work, one unit each, sorted. Rules about names and generated text are for what a walk finds: a file
 * that a person named is left out only when there is nothing in it to read, as with ESLint and ripgrep. What was named is
 * read at once, since a person has to be told what of it can't be; what was walked is read when it is its turn.
 */
export async function findWork(work: Work, workspace: Workspace, context: GatherContext): Promise<Source> {
  const { signal } = context
  const found = await findFiles(work, workspace, context)
  const { named, walked } = found
  const paths = [...named, ...walked].sort()
  if (paths.length > manyFiles) keepYoungSmall()
  const loaded = await loadAllNamed([...named], workspace, signal)
  const skipped = [...found.skipped]
  const warnings: string[] = []
  let [at, size] = [0, 0]
  const take = (file: Loaded): Unit[] => {
    const one = size > maxText && 'text' in file ? tooMuch(file.path) : file
    if ('reason' in one) {
      skipped.push(one)
      return []
    }
    const read = unitsOfFile(one)
    size += read.size
    skipped.push(...read.skipped)
    if (one.lossy) warnings.push(lossyWarning(one.path))
    return read.units
  }
  async function* read() {
    while (at < paths.length) {
      const portion = paths.slice(at, at + (at === 0 ? portions.first : portions.later))
      const known = await lookAround(
        portion.filter((path) => !loaded.has(path)),
        workspace,
      )
      const load = async (path: string) => loaded.get(path) ?? loadWalked(path, { ...known, isFull: size > maxText })
      for (let start = 0; start < portion.length; start += filesAtOnce) {
        signal?.throwIfAborted()
        const some = portion.slice(start, start + filesAtOnce)
        const files = await Promise.all(some.map(load))
        at += some.length
        yield files.flatMap(take)
      }
    }
  }
  return {
    read: read(),
    *unread() {
      for (const path of paths.slice(at)) yield { path, bytes: bytesOf(path, loaded.get(path), workspace) }
    },
    skipped,
    warnings,
    diff: () => '',
  }
}

/** What the repository says of files that a walk found. */
async function lookAround(paths: readonly string[], workspace: Workspace): Promise<Omit<Walking, 'isFull'>> {
  const [marks, vendored] = await Promise.all([marksNow(workspace, paths), vendoredBelow(workspace, paths)])
  return { workspace, marks, vendored }
}

/** Of text, about: what is known to be no text takes no room. */
function bytesOf(path: string, loaded: Loaded | undefined, { root }: Workspace): number {
  if (loaded !== undefined) return 'text' in loaded ? Buffer.byteLength(loaded.text) : 0
  if (isNamedBinary(path) || isLockName(path)) return 0
  const { size = 0 } = entryAt(join(root, path)) ?? {}
  return size > byteLimits.walked ? 0 : size
}

/** What a person named, as far as it is little enough for one run. */
async function loadAllNamed(paths: readonly string[], workspace: Workspace, signal: AbortSignal | undefined) {
  const loaded = new Map<string, Loaded>()
  let size = 0
  for (let at = 0; at < paths.length; at += filesAtOnce) {
    signal?.throwIfAborted()
    const some = paths.slice(at, at + filesAtOnce)
    for (const [index, file] of (
      await Promise.all(some.map((path) => loadNamed(path, workspace, size > maxText)))
    ).entries()) {
      const path = some[index] ?? ''
      loaded.set(path, size > maxText && 'text' in file ? tooMuch(path) : file)
      if ('text' in file) size += sizeOf(file.text.length, countLines(file.text))
    }
  }
  return loaded
}

/** Those that lie among other people's work. */
async function vendoredBelow({ git, root }: Workspace, paths: readonly string[]): Promise<Set<string>> {
  const top = git?.top ?? root
  const prefix = relativeTo(top, root)
  const isFile = (path: string) => entryAt(join(top, path))?.isFile()
  const found = await vendoredPaths(
    paths.map((path) => posix.join(prefix, path)),
    (wanted) => Promise.resolve(new Set(wanted.filter(isFile))),
  )
  return new Set([...found].map((path) => posix.relative(prefix, path)))
}

/** A file that a person named has to be readable. */
async function loadNamed(path: string, workspace: Workspace, isFull: boolean): Promise<Loaded> {
  if (isFull) return tooMuch(path)
  try {
    const file = await workspace.read(path, { maxBytes: byteLimits.named, named: true })
    const reason = skipEmpty(file.text)
    return reason === undefined ? file : { path, reason }
  } catch (error) {
    if (!isError(error, 'unreadable-file', 'not-available')) throw error
    throw new LocalBrainError('unreadable-file', `"${path}" is not a text file`, {
      hint: 'local-brain -f <text file>',
      cause: error,
    })
  }
}

type Walking = {
  workspace: Workspace
  marks: ReadonlyMap<string, Marks>
  vendored: ReadonlySet<string>
  isFull: boolean
}

/** A file's text, or why it is left out. */
async function loadWalked(path: string, walking: Walking): Promise<Loaded> {
  const { workspace, marks, vendored, isFull } = walking
  const mark = marks.get(path) ?? {}
  const byMarks = skipByMarks(mark, vendored.has(path))
  if (byMarks !== undefined) return { path, reason: byMarks }
  if (isFull) return tooMuch(path)
  const maxBytes = isNotebook(path) ? byteLimits.named : byteLimits.walked
  try {
    const file = await workspace.read(path, { maxBytes })
    const tooLarge = file.truncated ? `larger than ${maxBytes / megabyte} MB` : undefined
    const reason = tooLarge ?? skipEmpty(file.text) ?? skipByText(path, file.text, mark)
    return reason === undefined ? file : { path, reason }
  } catch (error) {
    if (isError(error, 'not-available')) return { path, reason: 'not readable', gap: true }
    if (!isError(error, 'unreadable-file')) throw error
    return isNamedText(path)
      ? { path, reason: 'binary data under the name of a text', gap: true }
      : { path, reason: 'binary' }
  }
}

function tooMuch(path: string): NotReviewed {
  return { path, reason: 'more text than one run reads', gap: true }
}
