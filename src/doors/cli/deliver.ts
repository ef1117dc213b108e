import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { escapeLine } from '../../text/escape.ts'
import { selectReporter } from '../../report/index.ts'
import { rememberReport } from '../../report/last.ts'
import { closing, screenMarkdown } from '../../report/markdown.ts'
import type { Report } from '../../report/report.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { createSweep } from '../../v8.ts'
import type { Shown } from './flags.ts'
import { reportLine } from './log-file.ts'
import { forStream, writeCommands, writeErr, writeOut, writeOutBytes } from './output.ts'
import type { Settings } from './settings.ts'
import { isStream, openToAppend, standardStream } from './stream-file.ts'
import { paragraphs, useColor, writeAside } from './terminal.ts'
import { writingWords } from '../../text/system-words.ts'

export type Delivery = {
  shown: Shown
  settings: Settings
  /** The answer is already on the terminal, written as it came. */
  streamed: boolean
  /** Warnings that were said while it ran. */
  warned: ReadonlySet<string>
  /**
   * From here on a signal may end the process as it does any other: a pipe without a reader would hold up handlers too.
   * Until then it would leave half of a file behind.
   */
  beforePrinting: () => void
}

/** Puts the report where it was asked for, remembers it for `local-brain last`, and says what to know about it. */
export async function deliver(report: Report, delivery: Delivery): Promise<void> {
  const { shown, settings, beforePrinting } = delivery
  if (shown.events !== true) return deliverReport(report, delivery)
  if (shown.output !== undefined) await deliverReport(report, delivery)
  else if (hasAnswer(report)) await remember(report, settings)
  beforePrinting()
  await writeOut(reportLine(report))
}

/** A report on more parts than this takes a good deal of memory. */
const manyParts = 10_000

async function deliverReport(report: Report, delivery: Delivery): Promise<void> {
  const { shown, settings, streamed, warned, beforePrinting } = delivery
  if (shown.format === 'patch') return deliverPatch(report, delivery)
  const isAnswer = hasAnswer(report)
  const isText = report.answerFormat === 'text'
  // Of a large report there is only one text in memory at a time.
  const sweep = report.notReviewed.length > manyParts ? createSweep() : () => undefined
  sweep(0)
  if (isAnswer) await remember(report, settings)
  sweep(0)
  const text = await selectReporter(shown.format)(report, resolve(settings.cwd, report.scope.root))
  const isOutput = shown.output !== undefined && isAnswer
  // guard: interrupt-printing
  if (!isOutput || isStream(resolve(settings.cwd, shown.output ?? ''))) beforePrinting()
  if (shown.format === 'markdown' && !isOutput) await showDiff(report, delivery)
  if (streamed) await writeOut(`\n${await rendered(closing(report), settings)}`)
  else if (isOutput || shown.output === undefined) await deliverText(text, { shown, settings, report })
  else await withoutAnswer(text, shown)
  beforePrinting()
  if (shown.quiet || shown.format === 'compact') return
  if (isText && shown.format === 'markdown') await writeErr(paragraphs(closing(report, escapeLine), process.stderr))
  // Findings say so themselves; an answer in prose may be meant for another program, so nothing is added to it.
  if (report.findings === null && report.scope.kind === 'unstaged' && report.reviewed.length > 0) {
    await writeAside('note', 'nothing is staged, so this is about the unstaged changes')
  }
  await warn(report, warned)
}

/** Those that were not said yet. */
async function warn({ warnings }: Report, warned: ReadonlySet<string>): Promise<void> {
  for (const warning of warnings) if (!warned.has(warning)) await writeAside('warning', escapeLine(warning))
}

/** The changes, shown on a terminal before the words about them. */
async function showDiff({ patch }: Report, { shown, settings }: Pick<Delivery, 'shown' | 'settings'>): Promise<void> {
  if (!isScreen(shown) || patch == null || patch === '') return
  const { diffOnScreen } = await import('./patch.ts')
  await writeOut(diffOnScreen(patch, useColor(process.stdout, settings.color)))
}

/** Nothing but the patch, byte for byte: a file need not be UTF-8. On a terminal it can't steer it. */
async function deliverPatch(report: Report, { shown, settings, warned, beforePrinting }: Delivery): Promise<void> {
  await remember(report, settings)
  const { patchFile } = report
  const patch = patchFile == null ? Buffer.alloc(0) : await readFile(patchFile)
  beforePrinting()
  if (shown.output !== undefined) await writeReport(resolve(settings.cwd, shown.output), patch, shown.format)
  else if (isScreen(shown)) {
    const { paintPatch } = await import('./patch.ts')
    await writeOut(paintPatch(patch, useColor(process.stdout, settings.color)))
  } else await writeOutBytes(patch)
  if (shown.quiet) return
  await warn(report, warned)
}

/** For `local-brain last` in this project. */
async function remember(report: Report, { cwd, paths }: Settings): Promise<void> {
  await rememberReport(paths.state, resolve(cwd, report.scope.root), report)
}

/** Nothing takes the place of an earlier report that came to nothing; whoever reads JSON gets the document all the same. */
async function withoutAnswer(text: string, { format, output, quiet, events }: Shown): Promise<void> {
  if (format === 'json' && events !== true) await writeOut(text)
  if (quiet !== true) await writeAside('note', `"${escapeLine(output ?? '')}" is not written, since there is no answer`)
}

/** False when a run came to nothing, for whatever reason. */
function hasAnswer({ findings, answer, reviewed, error }: Report): boolean {
  if (findings === null) return answer.trim() !== ''
  return findings.length + reviewed.length > 0 || error === undefined
}

export type TextDelivery = Pick<Delivery, 'shown' | 'settings'> & { report: Report; isKept?: boolean }

/** A finished text into the file or onto standard output; for people at a terminal it is laid out for that. */
export async function deliverText(text: string, delivery: TextDelivery): Promise<void> {
  const { shown, settings } = delivery
  if (shown.output !== undefined) await writeReport(resolve(settings.cwd, shown.output), text, shown.format)
  else if (shown.format === 'github') await writeCommands(text)
  else await writeOut(shown.format === 'markdown' ? await layOut(text, delivery) : text)
}

const usualColumns = 80

/** A report as Markdown → what is shown of it: on a terminal it is laid out for that. */
export async function layOut(text: string, { shown, settings, report, isKept }: TextDelivery): Promise<string> {
  if (!isScreen(shown) || report.answerFormat === 'text') return text
  if (!hasFindings(report)) return rendered(screenMarkdown(report), settings)
  const { findingsOnScreen } = await import('./screen.ts')
  return findingsOnScreen(report, { ...screenOf(settings), isKept })
}

/** What is laid out for people: a terminal, and whatever is asked to look like one. */
function isScreen({ color }: Shown): boolean {
  return process.stdout.isTTY || color === 'always'
}

/** Loaded for a terminal only. */
async function rendered(text: string, settings: Settings): Promise<string> {
  const { renderForScreen } = await import('./markdown.ts')
  return renderForScreen(text, screenOf(settings))
}

function screenOf({ color }: Settings): { columns: number; color: boolean } {
  return { columns: process.stdout.columns || usualColumns, color: useColor(process.stdout, color) }
}

/** False also where there was nothing to look at, which the answer says. */
function hasFindings({ findings, reviewed, answer }: Report): boolean {
  return findings !== null && (findings.length + reviewed.length > 0 || answer.startsWith('## '))
}

async function writeReport(file: string, text: string | Uint8Array, format: Shown['format']): Promise<void> {
  try {
    // guard: output-stream
    if (isStream(file)) await writeInto(file, text, format)
    else await writeAtomic(file, text)
  } catch (error) {
    throw new LocalBrainError('output', `"${file}" could not be written: ${writingWords(error)}`, {
      hint: 'name another file with -o, or leave -o out',
      cause: error,
    })
  }
}

async function writeInto(file: string, report: string | Uint8Array, format: Shown['format']): Promise<void> {
  const stream = standardStream(file)
  const text = typeof report === 'string' ? report : Buffer.from(report).toString('utf8')
  if (stream === 'stdout' && format === 'patch') return writeOutBytes(Buffer.from(report))
  if (stream === 'stderr') return writeErr(text)
  if (stream === 'stdout') return format === 'github' ? writeCommands(text) : writeOut(text)
  const handle = await openToAppend(file)
  try {
    await handle.writeFile(format === 'github' ? text : format === 'patch' ? report : forStream(text))
  } finally {
    await handle.close()
  }
}
