import { join, posix } from 'node:path'
import { LocalBrainError, isError } from '../errors.ts'
import { keepYoungSmall } from '../v8.ts'
import { relativeTo } from '../workspace/confine.ts'
import { isNamedText } from '../workspace/decode.ts'
import { entryAt } from '../workspace/entry.ts'
import type { FileText, Workspace } from '../workspace/workspace.ts'
import { type Marks, marksNow } from './attributes.ts'
import { unitsOfFile } from './file-units.ts'
import { findFiles } from './find-files.ts'
import { isNotebook } from './notebook.ts'
import { skipByMarks, skipByText, skipEmpty } from './skip.ts'
import { type GatherContext, type NotReviewed, type Unit, type Work, lossyWarning, maxText } from './unit.ts'
import { vendoredPaths } from './vendored.ts'

const megabyte = 1024 * 1024
/** A walk takes no file above this: what is larger is data. What a person names is read further, and so are notebooks. */
const byteLimits = { walked: megabyte, named: 4 * megabyte }

const filesAtOnce = 16
const manyFiles = 1000

type Found = { units: Unit[]; skipped: NotReviewed[]; warnings: string[] }

/**
 * The files of the work, one unit each, sorted. Rules about names and generated text are for what a walk finds: a file
 * that a person named is left out only when there is nothing in it to read, as with ESLint and ripgrep.
 */
export async function gatherFiles(work: Work, workspace: Workspace, context: GatherContext): Promise<Found> {
  const { named, walked, skipped } = await findFiles(work, workspace, context.cwd ?? workspace.root)
  const found: Found = { units: [], skipped: [...skipped], warnings: [] }
  const [marks, vendored] = await Promise.all([marksNow(workspace, walked), vendoredBelow(workspace, walked)])
  let size = 0
  const paths = [...named, ...walked].sort()
  if (paths.length > manyFiles) keepYoungSmall()
  for (let at = 0; at < paths.length; at += filesAtOnce) {
    context.signal?.throwIfAborted()
    const load = (path: string) =>
      named.has(path)
        ? loadNamed(path, workspace, size > maxText)
        : loadWalked(path, { workspace, marks, vendored, isFull: size > maxText })
    for (const file of await Promise.all(paths.slice(at, at + filesAtOnce).map(load))) {
      size += addFile(found, size > maxText && 'text' in file ? tooMuch(file.path) : file)
    }
  }
  return found
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
async function loadNamed(path: string, workspace: Workspace, isFull: boolean): Promise<FileText | NotReviewed> {
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
async function loadWalked(path: string, walking: Walking): Promise<FileText | NotReviewed> {
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

/** Returns how much was taken. */
function addFile(found: Found, file: FileText | NotReviewed): number {
  if ('reason' in file) {
    found.skipped.push(file)
    return 0
  }
  const { units, skipped, size } = unitsOfFile(file)
  found.units.push(...units)
  found.skipped.push(...skipped)
  if (file.lossy) found.warnings.push(lossyWarning(file.path))
  return size
}
