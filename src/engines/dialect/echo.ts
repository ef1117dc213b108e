import type { Message, ToolSpec } from '../../core/model.ts'
import { protocolWords } from './prompted.ts'

/** Words in a row that two texts have in common by no accident. */
const runLength = 4

/** More of an answer is not looked at. */
const maxChars = 20_000

/** A share of an answer, and words in a row in one, that are more than a quotation. */
const maxShare = 0.5
const maxRun = 40

/**
 * True for a reply that gives back the words by which it was told of its tools, as small models do, instead of an answer.
 * A little of it may be quoted; what stands in the conversation as well may be what the answer is about; and whoever asks
 * about tools is answered with them.
 */
export function isEcho(text: string, tools: readonly ToolSpec[], messages: readonly Message[]): boolean {
  if (tools.length === 0) return false
  const runs = runsOf(text.slice(0, maxChars))
  const told = new Set(runsOf(protocolWords(tools)))
  if (!isMostly(runs, told)) return false
  if (asksAboutTools(messages)) return false
  for (const run of runsOf(messages.map(({ content }) => content).join('\n'))) told.delete(run)
  return isMostly(runs, told)
}

/** Counts the words that stand in a run of the other text. */
function isMostly(runs: readonly string[], told: ReadonlySet<string>): boolean {
  let [covered, row, longest, end] = [0, 0, 0, 0]
  for (const [at, run] of runs.entries()) {
    if (!told.has(run)) continue
    const added = at + runLength - Math.max(at, end)
    row = at > end ? runLength : row + added
    end = at + runLength
    covered += added
    longest = Math.max(longest, row)
  }
  const words = runs.length + runLength - 1
  return (covered > runLength && covered > words * maxShare) || longest > maxRun
}

function runsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
  return words.slice(runLength - 1).map((_, at) => words.slice(at, at + runLength).join(' '))
}

/** The question stands at the end of what a person says. */
function asksAboutTools(messages: readonly Message[]): boolean {
  const question =
    messages
      .findLast(({ role }) => role === 'user')
      ?.content.trimEnd()
      .split('\n')
      .at(-1) ?? ''
  return /\btools?\b/i.test(question)
}
