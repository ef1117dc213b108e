import { runBeside } from '../../syntax/code-lines.ts'
import { type Place, linesAsWritten, locateQuote, sameLines } from './quote.ts'
import type { RawFinding } from './reply.ts'
import { type ShownUnit, showLines } from './shown.ts'

/** The whole text of a file as it is reviewed, or undefined when it can't be had. */
export type FileSource = (path: string) => Promise<string | undefined>

/** Shorter suggestions occur in many places by chance. */
const tellingLength = 12
/** Lines between a defect and the code that prevents it. */
const near = 20

/**
 * True when the code that a finding asks for runs next to its quote: then the model did not see it. A copy in a comment,
 * a string, another function, a branch or behind a return does not count, since whoever wrote the change can put one
 * there. In doubt the finding stays, and a critical one always does.
 */
export async function isAlreadyThere(
  { suggestion, quote, severity }: RawFinding,
  unit: ShownUnit,
  place: Place,
  source: FileSource = async () => undefined,
): Promise<boolean> {
  const wanted = linesAsWritten(suggestion)
  // guard: critical-stays
  if (severity === 'critical' || wanted.length < tellingLength || sameLines(suggestion, quote)) return false
  const around = unit.shown.lines.slice(Math.max(0, place.from - near), place.to + near + 1)
  const left = around.filter((line) => line.kind !== 'removed')
  const there = locateQuote(suggestion, showLines(left))
  if (there?.exact !== true) return false
  const lines = left.slice(there.from, there.to + 1)
  const text = isWholeFile(unit) ? unit.text : await source(unit.path)
  if (text === undefined) return false
  const rows = text.split('\n')
  const numbers = lines.flatMap(({ number, text: line }) =>
    number !== null && rows[number - 1]?.replace(/\r$/, '') === line ? [number] : [],
  )
  const quoted = unit.shown.lines.slice(place.from, place.to + 1).find((line) => line.number !== null)
  if (numbers.length !== lines.length || typeof quoted?.number !== 'number') return false
  return runBeside(text, unit.language, { lines: numbers, beside: quoted.number })
}

function isWholeFile(unit: ShownUnit): boolean {
  return unit.kind === 'file' && unit.part === undefined && unit.startLine === 1
}
