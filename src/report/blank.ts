import { noUsage } from '../core/usage.ts'
import { version } from '../version.ts'
import type { Report } from './report.ts'

/** A report with all required members, in which nothing was reviewed or answered. */
export function blankReport(): Report {
  return {
    schema: 'local-brain.report/1',
    tool: { name: 'local-brain', version },
    skill: '',
    model: null,
    scope: { kind: 'prompt', base: null, root: '.' },
    answer: '',
    findings: null,
    parts: { reviewed: 0, of: 0 },
    reviewed: [],
    notReviewed: [],
    dropped: { ungrounded: 0, refuted: 0, duplicate: 0, suppressed: 0, capped: 0 },
    toolCalls: [],
    turns: 0,
    stop: 'answered',
    usage: { ...noUsage, totalMs: 0, cacheHits: 0 },
    warnings: [],
    exitCode: 0,
  }
}
