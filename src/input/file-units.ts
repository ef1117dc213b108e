import { languageOf } from '../syntax/language.ts'
import type { FileText } from '../workspace/workspace.ts'
import { type CutLine, hasLongLine, notesOfCuts, shortenLine } from './long-lines.ts'
import { isNotebook, readNotebook, textsOfNotebook } from './notebook.ts'
import { type NotReviewed, type Unit, clipLines, countLines, rawLines, sizeOf } from './unit.ts'

const megabyte = 1024 * 1024

type FileUnits = { units: Unit[]; skipped: NotReviewed[] /** As `sizeOf` counts. */; size: number }

/** A file as one unit, or of a notebook its code, with what of it is not looked at. */
export function unitsOfFile(file: FileText): FileUnits {
  const { path, truncated } = file
  const whole = truncated ? wholeLines(file.text) : file.text
  const text = clipLines(whole)
  const skipped: NotReviewed[] = []
  // guard: cut-file-said
  if (truncated || text !== whole) {
    const lines = countLines(text)
    const part = text === whole ? `${Math.round(Buffer.byteLength(file.text) / megabyte)} MB` : `${lines} lines`
    const reason = `only the first ${part} are read`
    skipped.push({ path, reason, startLine: lines + (text.endsWith('\n') ? 1 : 0), gap: true })
  }
  const notebook = isNotebook(path) ? readNotebook(text) : undefined
  if (notebook) skipped.push({ path, reason: 'all of the notebook but its code cells' })
  const texts = notebook ? textsOfNotebook(notebook) : [{ startLine: 1, text }]
  const language = notebook?.language ?? languageOf(path, text)
  const cuts: CutLine[] = []
  const units = texts.map(({ startLine, text: code }): Unit => {
    const shown = shorten(code, startLine, cuts)
    const place = { path, language, kind: 'file' as const, side: 'new' as const }
    return { ...place, startLine, endLine: startLine + countLines(shown) - 1, text: shown }
  })
  const size = units.reduce((sum, unit) => sum + sizeOf(unit.text.length, countLines(unit.text)), 0)
  return { units, skipped: [...skipped, ...notesOfCuts(path, cuts)], size }
}

function shorten(text: string, startLine: number, cuts: CutLine[]): string {
  if (!hasLongLine(text)) return text
  let number = startLine - 1
  let result = ''
  for (const line of rawLines(text)) {
    number += 1
    const short = shortenLine(line)
    if (short.left > 0) cuts.push({ number, left: short.left })
    result += short.text
  }
  return result
}

/** A text that was cut, without the line that the cut went through; one line alone stays. */
function wholeLines(text: string): string {
  const end = text.lastIndexOf('\n') + 1
  return end === 0 ? text : text.slice(0, end)
}
