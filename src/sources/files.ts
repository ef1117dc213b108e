import { LocalBrainError, isError } from '../errors.ts'
import { languageOf } from '../syntax/language.ts'
import type { FileText, Workspace } from '../workspace/workspace.ts'
import { attributeReasonsBelow } from './attributes.ts'
import { findFiles } from './find-files.ts'
import { skipByName, skipByText } from './skip.ts'
import { type GatherContext, type NotReviewed, type Unit, type Work, linesOf, mostChars } from './unit.ts'

const megabyte = 1024 * 1024
/** A walk takes no file above this: what is larger is data. What a person names is read further. */
const mostBytes = { walked: megabyte, named: 4 * megabyte }

type Found = { units: Unit[]; skipped: NotReviewed[]; warnings: string[] }

/**
 * The files of the work, one unit each, sorted. Rules about names and generated text are for what a walk finds: a file
 * that a person named is left out only when there is nothing in it to read, as with ESLint and ripgrep.
 */
export async function gatherFiles(work: Work, workspace: Workspace, context: GatherContext): Promise<Found> {
  const { named, walked, skipped } = await findFiles(work, workspace, context.cwd ?? workspace.root)
  const found: Found = { units: [], skipped: [...skipped], warnings: [] }
  const marked = await attributeReasonsBelow(workspace, walked)
  let chars = 0
  for (const path of [...named, ...walked].sort()) {
    context.signal?.throwIfAborted()
    const isNamed = named.has(path)
    const reason = isNamed ? undefined : (skipByName(path) ?? marked.get(path))
    if (reason !== undefined) found.skipped.push({ path, reason })
    else if (chars > mostChars) {
      found.skipped.push({ path, reason: `more text than the ${mostChars / 1_000_000} MB that are read`, gap: true })
    } else chars += await addFile(found, path, { workspace, isNamed })
  }
  return found
}

type Reading = { workspace: Workspace; isNamed: boolean }

/** Returns how many characters were taken. */
async function addFile(found: Found, path: string, { workspace, isNamed }: Reading): Promise<number> {
  const maxBytes = isNamed ? mostBytes.named : mostBytes.walked
  const file = await readFile(workspace, path, { maxBytes, isNamed })
  const skip = (reason: string) => {
    found.skipped.push({ path, reason })
    return 0
  }
  if (typeof file === 'string') return skip(file)
  if (file.truncated && !isNamed) return skip(`larger than ${maxBytes / megabyte} MB`)
  const reason = skipByText(file.text, isNamed)
  if (reason !== undefined) return skip(reason)
  const text = file.truncated ? wholeLines(file.text) : file.text
  const lines = linesOf(text)
  const place = { path, language: languageOf(path, text), kind: 'file' as const, side: 'new' as const }
  found.units.push({ ...place, startLine: 1, endLine: lines.length, text, lines })
  if (file.truncated) {
    const limit = `only the first ${maxBytes / megabyte} MB are read`
    found.skipped.push({ path, reason: limit, startLine: lines.length + (text.endsWith('\n') ? 1 : 0), gap: true })
  }
  if (file.lossy) found.warnings.push(`"${path}" is not valid UTF-8: what is broken stands as U+FFFD`)
  return text.length
}

/** The file's text, or why a walk leaves it out. What a person named has to be readable. */
async function readFile(
  workspace: Workspace,
  path: string,
  { maxBytes, isNamed }: { maxBytes: number; isNamed: boolean },
): Promise<FileText | string> {
  try {
    return await workspace.read(path, { maxBytes })
  } catch (error) {
    if (!isError(error, 'unreadable-file', 'not-available')) throw error
    if (!isNamed) return error.code === 'unreadable-file' ? 'binary' : 'not readable'
    throw new LocalBrainError('unreadable-file', `"${path}" is not a text file`, {
      hint: 'local-brain -f <text file>',
      cause: error,
    })
  }
}

/** A text that was cut, without the line that the cut went through; one line alone stays. */
function wholeLines(text: string): string {
  const end = text.lastIndexOf('\n') + 1
  return end === 0 ? text : text.slice(0, end)
}
