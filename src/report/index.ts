import { LocalBrainError } from '../errors.ts'
import { compact } from './compact.ts'
import { github } from './github.ts'
import { json } from './json.ts'
import { markdown } from './markdown.ts'
import { rdjson } from './rdjson.ts'
import type { Reporter } from './report.ts'
import { sarif } from './sarif.ts'

/** All output formats. `findingsOnly`: it needs a skill that gives findings. */
const reporters: Record<string, { reporter: Reporter; findingsOnly: boolean }> = {
  markdown: { reporter: markdown, findingsOnly: false },
  compact: { reporter: compact, findingsOnly: false },
  json: { reporter: json, findingsOnly: false },
  sarif: { reporter: sarif, findingsOnly: true },
  github: { reporter: github, findingsOnly: true },
  rdjson: { reporter: rdjson, findingsOnly: true },
}

export const formatNames = Object.keys(reporters)

/** True for a format that can only show findings. */
export function needsFindings(name: string): boolean {
  return reporters[name]?.findingsOnly === true
}

/** The reporter for a format. If the format can only show findings, it refuses a report of a skill that gives none. */
export function selectReporter(name: string): Reporter {
  const found = reporters[name]
  if (found === undefined) {
    throw new LocalBrainError('usage', `"${name}" is not an output format`, {
      hint: `use one of ${formatNames.join(', ')}`,
    })
  }
  return (report) => {
    if (found.findingsOnly && report.findings === null) {
      throw new LocalBrainError('usage', `Format "${name}" is for findings, and skill "${report.skill}" gives none`, {
        hint: '--format markdown, compact or json',
      })
    }
    return found.reporter(report)
  }
}
