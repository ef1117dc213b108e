import type { Emit } from '../core/events.ts'
import { isError } from '../errors.ts'
import type { RunChanges } from '../report/changes.ts'
import { languageOf } from '../syntax/language.ts'
import { syntaxProblem } from '../syntax/problem.ts'
import type { Finding } from '../tasks/findings/finding.ts'
import { escapeLine } from '../text/escape.ts'
import { inWords } from '../workspace/changes/failure.ts'
import { type Editor, createEditor } from '../workspace/edit.ts'
import { ownPlaces } from './own-places.ts'
import type { Prepared } from './prepare.ts'
import { commandsIn } from './sandbox.ts'
import { startVerification } from './verify.ts'
import { type Objection, openWorkingCopy } from './working-copy.ts'

/**
 * Turns the suggestions of findings into a proposal. Each replaces exactly the lines that its finding quotes, and only
 * where the file parses afterwards; the others are named in the warnings. `signal` ends the checks, no more.
 */
export async function proposeFixes(
  findings: readonly Finding[],
  prepared: Prepared,
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<RunChanges> {
  const { session, request, skill } = prepared
  const { paths, environment, takeOver } = request
  // The time of the run may be over; what it found can still be proposed.
  const lasting = new AbortController().signal
  try {
    const copy = await openWorkingCopy(session.workspace, { paths, environment, takeOver, emit, signal: lasting })
    try {
      const ours = ownPlaces(paths, { root: copy.workspace.root, of: session.workspace.root })
      const onChange = (change: Editor['changes'][number]) => emit({ type: 'change', ...change, by: 'tool' })
      const editor = createEditor(copy.workspace, { ours, allowPaths: request.allowPaths, onChange })
      const { workspace } = session
      const place = { workspace, copy: copy.workspace, beside: copy.beside, request, skill, emit }
      const commands = session.sandbox && commandsIn(session.sandbox, place)
      const verification = await startVerification(prepared, { commands, copy, emit, signal })
      const warnings = await fixAll(findings, editor)
      const keep = async (objection?: Objection) => copy.finish(`suggestions of ${skill.name}`, objection)
      const changed = await (verification?.finish(keep) ?? keep())
      return { ...changed, warnings: [...warnings, ...changed.warnings] }
    } finally {
      await copy.remove()
    }
  } catch (thrown) {
    const error = inWords(thrown)
    if (!isError(error)) throw thrown
    return { changes: [], patch: '', patchFile: null, proposal: null, warnings: [], error }
  }
}

/** From the end of each file to its start, so that the lines of the others stay where they are. */
async function fixAll(findings: readonly Finding[], editor: Editor): Promise<string[]> {
  const suggested = findings.filter(({ suggestion }) => suggestion !== null)
  const warnings: string[] = []
  for (const finding of suggested.toSorted((a, b) => b.startLine - a.startLine)) {
    const reason = await fixOne(finding, editor).catch((error: unknown) => {
      if (isError(error)) return error.message
      throw error
    })
    const place = `${escapeLine(finding.path)}:${finding.startLine}`
    if (reason !== undefined) warnings.push(`the suggestion for ${place} is not in the proposal: ${escapeLine(reason)}`)
  }
  return warnings.reverse()
}

/** Why it was not done; undefined when it was. */
async function fixOne(finding: Finding, editor: Editor): Promise<string | undefined> {
  const { path, startLine, endLine, side, quote, suggestion } = finding
  if (suggestion === null || side === 'old') return 'it is about a line that is gone'
  const file = await editor.open(path)
  const lines = file.text?.split('\n') ?? []
  const quoted = lines.slice(startLine - 1, endLine).map((line) => line.replace(/\r$/, ''))
  // guard: fix-quoted
  if (quoted.join('\n') !== quote) return 'its quote is no longer there'
  // The line ends of what is quoted stay.
  const end = lines[endLine - 1]?.endsWith('\r') ? '\r\n' : '\n'
  const fixed = `${indented(suggestion, quoted[0] ?? '').replaceAll('\n', end)}${end.slice(0, -1)}`
  const text = [...lines.slice(0, startLine - 1), fixed, ...lines.slice(endLine)].join('\n')
  const problem = await syntaxProblem(text, languageOf(path, text))
  // What can't be parsed may be words about the line, not the line.
  // guard: fix-parsed
  if (problem !== null) return problem === undefined ? 'its language is unknown' : 'the file would not parse any more'
  const draft = editor.replace(file, text)
  // guard: fix-sensitive
  if (draft.sensitive !== undefined) return `${draft.sensitive}; --allow-path permits it`
  if (draft.overLimit !== undefined) return draft.overLimit
  await draft.commit()
  return undefined
}

/** A suggestion comes without the blanks in front of its first line, or of every line. */
function indented(suggestion: string, quoted: string): string {
  const [indent = ''] = /^[ \t]*/.exec(quoted) ?? []
  const [first = '', ...rest] = suggestion.split('\n').map((line) => line.replace(/\r$/, ''))
  const isIndented = rest.every((line) => line.trim() === '' || line.startsWith(indent))
  const shifted = rest.map((line) => (isIndented || line === '' ? line : indent + line))
  return [indent + first.trimStart(), ...shifted].join('\n')
}
