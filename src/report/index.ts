import { LocalBrainError } from '../errors.ts'
import { type Format, formatNames, formats } from './formats.ts'
import { markdown } from './markdown.ts'
import type { Report, Reporter } from './report.ts'

/** Most are loaded when they are asked for: a run writes its report in one of them. */
const reporters: Record<Format, () => Promise<Reporter>> = {
  markdown: async () => markdown,
  compact: async () => (await import('./compact.ts')).compact,
  json: async () => (await import('./json.ts')).json,
  sarif: async () => (await import('./sarif.ts')).sarif,
  github: async () => (await import('./github.ts')).github,
  rdjson: async () => (await import('./rdjson.ts')).rdjson,
  html: async () => (await import('./html.ts')).html,
  // Nothing but the patch of the changes.
  patch: async () => (report) => report.patch ?? '',
}

/**
 * The reporter for a format; `root` is where the workspace is on this machine, as far as that is known. If the format can only show findings, it refuses a report of a skill
 * that gives none.
 */
export function selectReporter(name: string): (report: Report, root?: string) => Promise<string> {
  const format = formatNames.find((one) => one === name)
  if (format === undefined) {
    throw new LocalBrainError('usage', `"${name}" is not an output format`, {
      hint: `use one of ${formatNames.join(', ')}`,
    })
  }
  return async (report, root) => {
    if (formats[format].findingsOnly && report.findings === null) {
      throw new LocalBrainError('usage', `Format "${format}" is for findings, and skill "${report.skill}" gives none`, {
        hint: '--format markdown, compact or json',
      })
    }
    const write = await reporters[format]()
    return write(report, root)
  }
}
