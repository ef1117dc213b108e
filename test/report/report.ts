import { noneDropped } from '../../src/tasks/findings/dropped.ts'
import type { Report } from '../../src/report/report.ts'

export function reportOf(change: Partial<Report> = {}): Report {
  return {
    schema: 'local-brain.report/1',
    tool: { name: 'local-brain', version: '1.2.3' },
    skill: 'code-review',
    model: { name: 'qwen3:8b', digest: 'sha256:1', contextLength: 8192, toolCalling: 'native' },
    scope: { kind: 'staged', base: null, root: '.' },
    answer: '',
    findings: [],
    reviewed: [{ path: 'src/a.ts', startLine: 1, endLine: 9 }],
    notReviewed: [],
    dropped: noneDropped(),
    toolCalls: [],
    turns: 1,
    stop: 'answered',
    usage: {
      promptTokens: 10,
      outputTokens: 5,
      loadMs: 0,
      promptMs: 1,
      outputMs: 1,
      totalMs: 14_000,
      modelCalls: 1,
      cacheHits: 0,
    },
    warnings: [],
    exitCode: 0,
    ...change,
  }
}

/** Text as an attacker writes it into a file, a name or, through them, a model's reply. */
export const hostile =
  'a\u001b]52;c;x\u0007 \u202eb ::error file=x::y\n::stop-commands::z\n##[error]w ![i](http://evil/?q) <img src=x> [k](1) `c` 100%, \u{e0041}'

export const harmful =
  // oxlint-disable-next-line no-misleading-character-class
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u
