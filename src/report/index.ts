import { LocalBrainError } from '../errors.ts'
import { compact } from './compact.ts'
import { type Format, formatNames, formats } from './formats.ts'
import { github } from './github.ts'
import { json } from './json.ts'
import { markdown } from './markdown.ts'
import { rdjson } from './rdjson.ts'
import type { Reporter } from './report.ts'
import { sarif } from './sarif.ts'

/** Nothing but the patch of the changes. */
const patch: Reporter = (report) => report.patch ?? ''

const reporters: Record<Format, Reporter> = { markdown, compact, json, sarif, github, rdjson, patch }

/** The reporter for a format. If the format can only show findings, it refuses a report of a skill that gives none. */
export function selectReporter(name: string): Reporter {
  const format = formatNames.find((one) => one === name)
  if (format === undefined) {
    throw new LocalBrainError('usage', `"${name}" is not an output format`, {
      hint: `use one of ${formatNames.join(', ')}`,
    })
  }
  return (report) => {
    if (formats[format].findingsOnly && report.findings === null) {
      throw new LocalBrainError('usage', `Format "${format}" is for findings, and skill "${report.skill}" gives none`, {
        hint: '--format markdown, compact or json',
      })
    }
    return reporters[format](report)
  }
}
