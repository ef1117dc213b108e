import { resolve } from 'node:path'
import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import type { Severity } from '../../../skills/severity.ts'
import { exitCodeOf } from '../../../report/exit-code.ts'
import type { Format } from '../../../report/formats.ts'
import { reportsOf } from '../../../report/last.ts'
import { selectReporter } from '../../../report/index.ts'
import { type Report, reportSchema } from '../../../report/report.ts'
import { readWhole } from '../../../store/read-whole.ts'
import { redactAll } from '../../../text/redact.ts'
import { unreadableFile } from '../../../text/system-words.ts'
import { findRoot } from '../../../workspace/open.ts'
import { deliverText } from '../deliver.ts'
import { type ColorWhen, defineFlags, runFlags } from '../flags.ts'
import { type Settings, readSettings } from '../settings.ts'
import { colorSetting } from '../terminal.ts'
import { explain } from './explain.ts'

type LastOptions = { format: Format; from?: string; output?: string; failOn?: Severity; color?: ColorWhen }

/** More than any report has. */
const maxBytes = 32 * 1024 * 1024

export function defineLast(command: Command): void {
  defineFlags(command, [runFlags.format])
  command.option('--from <file>', 'a report that was saved with --format json, instead of the previous one')
  defineFlags(command, [runFlags.output, runFlags.color, runFlags.failOn])
  explain(command, {
    examples: [
      ['local-brain last', 'the newest report about this project'],
      ['local-brain last 3 --format json', 'the third of "local-brain runs"'],
      ['local-brain last --format html -o review.html', 'as a page for a browser'],
      ['local-brain last --fail-on high', 'exit 1 when it has such findings'],
    ],
    files: 'reads ~/.local/state/local-brain, where each run leaves its report; writes what -o names.',
  }).action(printReport)
}

/** The report of the last run about this project, or one saved as JSON elsewhere, in any format. Asks no model. */
async function printReport(
  word: string | undefined,
  { format, from, output, failOn, color }: LastOptions,
): Promise<void> {
  const given = readSettings()
  const settings = { ...given, color: colorSetting(color, given.color) }
  const reporter = selectReporter(format)
  const saved =
    from === undefined ? await earlierReport(settings, word) : await savedReport(resolve(settings.cwd, from), from)
  // It may come from anywhere.
  // guard: last-secrets
  const report = redactAll(saved)
  // A saved report may be about files of another machine, and one with a root of its own about a part of this project.
  const isHere = from === undefined && /^\.\.?(?:[/\\]|$)/.test(report.scope.root)
  const root = isHere ? findRoot(settings.cwd) : undefined
  await deliverText(await reporter(report, root), { shown: { format, output, color }, settings, report })
  if (failOn !== undefined) process.exitCode = exitCodeOf({ ...report, answered: answeredBy(report), failOn })
}

/** The n-th newest. */
async function earlierReport({ cwd, paths }: Settings, word = '1'): Promise<Report> {
  const reports = reportsOf(paths.state, cwd)
  const kept = reports.list()
  const wanted = /^[1-9]\d{0,8}$/.test(word) ? kept[Number(word) - 1] : undefined
  const report = wanted && (await reports.load(wanted.name, reportSchema))
  if (report !== undefined) return report
  const problem = wanted === undefined ? missing(word, kept.length) : `Report ${word} of this project can't be read`
  const others = kept.length === 0 ? 'local-brain --git-diff, or local-brain last --from <file>' : 'local-brain runs'
  throw new LocalBrainError('usage', problem, { hint: others })
}

function missing(word: string, count: number): string {
  if (!/^\d+$/.test(word) || Number(word) === 0) return `"${word}" is not the number of a report`
  if (count === 0) return 'There is no report about this project yet'
  return `There ${count === 1 ? 'is only 1 report' : `are only ${count} reports`} about this project`
}

/** A file from anywhere: read only so far, and believed only in the shape of a report. */
async function savedReport(file: string, name: string): Promise<Report> {
  const parsed = reportSchema.safeParse(parseJson(await readBounded(file, name)))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const problem = `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'has the wrong shape'}`
  throw new LocalBrainError('usage', `"${name}" is not a report of local-brain (${problem})`, {
    hint: 'local-brain --git-diff --format json -o report.json',
  })
}

async function readBounded(file: string, name: string): Promise<string> {
  try {
    return await readWhole(file, maxBytes)
  } catch (cause) {
    throw new LocalBrainError('missing-file', unreadableFile(name, cause), {
      hint: 'local-brain --git-diff --format json -o report.json',
      cause,
    })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Something was reviewed, or nothing had to be. */
function answeredBy({ reviewed, notReviewed }: Report): boolean {
  return reviewed.length > 0 || !notReviewed.some((part) => part.gap)
}
