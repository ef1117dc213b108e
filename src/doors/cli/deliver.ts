import { resolve } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { escapeLine, safeJson } from '../../text/escape.ts'
import { selectReporter } from '../../report/index.ts'
import { coverageLine } from '../../report/markdown.ts'
import type { Report } from '../../report/report.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { createStore } from '../../store/store.ts'
import { version } from '../../version.ts'
import { failureCode } from './failure.ts'
import { renderMarkdown } from './markdown.ts'
import { writeErr, writeOut } from './output.ts'
import type { RunOptions } from './request.ts'
import type { Settings } from './settings.ts'
import { useColor } from './terminal.ts'

export type Delivery = {
  options: Pick<RunOptions, 'format' | 'output' | 'quiet'>
  settings: Settings
  /** The answer stands on the terminal already, written as it came. */
  streamed: boolean
  /**
   * From here on a signal may end the process as it does any other: a pipe that nobody reads would hold up handlers too.
   * Until then it would leave half of a file behind.
   */
  beforePrinting: () => void
}

/** Puts the report where it was asked for, remembers it for `local-brain last`, and says what to know about it. */
export async function deliver(report: Report, delivery: Delivery): Promise<void> {
  const { options, settings, streamed, beforePrinting } = delivery
  const text = selectReporter(options.format)(report)
  await createStore(settings.paths.state).save('last', report)
  if (options.output === undefined) beforePrinting()
  if (streamed) await writeOut(report.notReviewed.length > 0 ? `\n${coverageLine(report)}\n` : '\n')
  else await deliverText(text, { options, settings })
  beforePrinting()
  if (options.quiet || options.format === 'compact') return
  for (const warning of report.warnings) await writeErr(`warning: ${escapeLine(warning)}\n`)
}

export type TextDelivery = { options: Pick<RunOptions, 'format' | 'output'>; settings: Settings }

/** A finished text into the file or onto standard output, rendered when that is a terminal and the text is Markdown. */
export async function deliverText(text: string, { options, settings }: TextDelivery): Promise<void> {
  if (options.output !== undefined) await writeReport(resolve(settings.cwd, options.output), text)
  else if (options.format !== 'markdown' || !process.stdout.isTTY) await writeOut(text)
  else await writeOut(renderMarkdown(text, useColor(process.stdout, settings.color)))
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeAtomic(file, text)
  } catch (error) {
    throw new LocalBrainError('output', `"${file}" could not be written: ${(error as Error).message}`, {
      hint: 'name another file with -o, or leave -o out',
      cause: error,
    })
  }
}

/** With `--format json` standard output carries one JSON document even when nothing could be done. */
export async function deliverError(error: unknown, options: Pick<RunOptions, 'format' | 'output'>): Promise<void> {
  if (options.format !== 'json') return
  const known = error instanceof LocalBrainError
  const code = known ? error.code : 'internal'
  const message = error instanceof Error ? error.message : String(error)
  const document = {
    schema: 'local-brain.report/1',
    tool: { name: 'local-brain', version },
    error: { code, message, ...(known && error.hint !== undefined ? { hint: error.hint } : {}) },
    exitCode: failureCode(error),
  }
  await writeOut(`${safeJson(document)}\n`).catch(() => undefined)
}
