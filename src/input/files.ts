import { LocalBrainError, isError } from '../errors.ts'
import { languageOf } from '../syntax/language.ts'
import type { FileText, Workspace } from '../workspace/workspace.ts'
import { keepYoungSmall } from '../heap.ts'
import { attributeReasonsBelow } from './attributes.ts'
import { findFiles } from './find-files.ts'
import { skipByName, skipByText } from './skip.ts'
import {
  type GatherContext,
  type NotReviewed,
  type Unit,
  type Work,
  clipLines,
  countLines,
  mostText,
  sizeOf,
} from './unit.ts'

const megabyte = 1024 * 1024
/** A walk takes no file above this: what is larger is data. What a person names is read further. */
const mostBytes = { walked: megabyte, named: 4 * megabyte }

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
  const marked = await attributeReasonsBelow(workspace, walked)
  let size = 0
  const paths = [...named, ...walked].sort()
  if (paths.length > manyFiles) keepYoungSmall()
  for (let at = 0; at < paths.length; at += filesAtOnce) {
    context.signal?.throwIfAborted()
    const load = (path: string) =>
      loadFile(path, { workspace, isNamed: named.has(path), marked, isFull: size > mostText })
    for (const file of await Promise.all(paths.slice(at, at + filesAtOnce).map(load))) {
      size += addFile(found, size > mostText && 'text' in file ? tooMuch(file.path) : file)
    }
  }
  return found
}

type Reading = { workspace: Workspace; isNamed: boolean; marked: ReadonlyMap<string, string>; isFull: boolean }

/** A file's text, or why it is left out. What a person named has to be readable. */
async function loadFile(path: string, reading: Reading): Promise<FileText | NotReviewed> {
  const { workspace, isNamed, marked, isFull } = reading
  const byName = isNamed ? undefined : (skipByName(path) ?? marked.get(path))
  if (byName !== undefined) return { path, reason: byName }
  if (isFull) return tooMuch(path)
  const maxBytes = isNamed ? mostBytes.named : mostBytes.walked
  try {
    const file = await workspace.read(path, { maxBytes, named: isNamed })
    const tooLarge = file.truncated && !isNamed ? `larger than ${maxBytes / megabyte} MB` : undefined
    const reason = tooLarge ?? skipByText(file.text, isNamed)
    return reason === undefined ? file : { path, reason }
  } catch (error) {
    if (!isError(error, 'unreadable-file', 'not-available')) throw error
    if (isNamed) throw notText(path, error)
    return error.code === 'unreadable-file' ? { path, reason: 'binary' } : { path, reason: 'not readable', gap: true }
  }
}

function tooMuch(path: string): NotReviewed {
  return { path, reason: 'more text than one run reads', gap: true }
}

function notText(path: string, cause: unknown): LocalBrainError {
  return new LocalBrainError('unreadable-file', `"${path}" is not a text file`, {
    hint: 'local-brain -f <text file>',
    cause,
  })
}

/** Returns how much was taken. */
function addFile(found: Found, file: FileText | NotReviewed): number {
  if ('reason' in file) {
    found.skipped.push(file)
    return 0
  }
  const { path, truncated, lossy } = file
  const whole = truncated ? wholeLines(file.text) : file.text
  const text = clipLines(whole)
  const lines = countLines(text)
  const place = { path, language: languageOf(path, text), kind: 'file' as const, side: 'new' as const }
  found.units.push({ ...place, startLine: 1, endLine: lines, text })
  // guard: cut-file-said
  if (truncated || text !== whole) {
    const part = text === whole ? `${mostBytes.named / megabyte} MB` : `${lines} lines`
    const reason = `only the first ${part} are read`
    found.skipped.push({ path, reason, startLine: lines + (text.endsWith('\n') ? 1 : 0), gap: true })
  }
  if (lossy) found.warnings.push(`"${path}" is not valid UTF-8: what is broken stands as U+FFFD`)
  return sizeOf(text.length, lines)
}

/** A text that was cut, without the line that the cut went through; one line alone stays. */
function wholeLines(text: string): string {
  const end = text.lastIndexOf('\n') + 1
  return end === 0 ? text : text.slice(0, end)
}
