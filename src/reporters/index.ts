import { LocalBrainError } from '../errors.ts'
import { compact } from './compact.ts'
import { json } from './json.ts'
import { markdown } from './markdown.ts'
import type { Reporter } from './report.ts'

/** Every output format; `findings` ones need a skill that gives findings. */
const reporters: Record<string, { reporter: Reporter; findingsOnly: boolean }> = {
  markdown: { reporter: markdown, findingsOnly: false },
  compact: { reporter: compact, findingsOnly: false },
  json: { reporter: json, findingsOnly: false },
}

const formatNames = Object.keys(reporters)

export function selectReporter(name: string): Reporter {
  const found = reporters[name]
  if (found !== undefined) return found.reporter
  throw new LocalBrainError('usage', `"${name}" is not an output format`, {
    hint: `use one of ${formatNames.join(', ')}`,
  })
}
