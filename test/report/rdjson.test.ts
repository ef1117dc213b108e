import { expect, test } from 'vitest'
import * as z from 'zod'
import { rdjson } from '../../src/report/rdjson.ts'
import { finding } from '../tasks/findings/unit.ts'
import { harmful, hostile, reportOf } from './report.ts'

// DiagnosticResult of the Reviewdog Diagnostic Format, as far as it is used here; it takes no other field.
const position = z.strictObject({ line: z.number().int().min(1) })
const result = z.strictObject({
  source: z.strictObject({ name: z.string(), url: z.url() }),
  diagnostics: z.array(
    z.strictObject({
      message: z.string().min(1),
      location: z.strictObject({ path: z.string(), range: z.strictObject({ start: position, end: position }) }),
      severity: z.enum(['ERROR', 'WARNING', 'INFO']),
      code: z.strictObject({ value: z.string() }),
      original_output: z.string(),
    }),
  ),
})

const read = (...findings: Parameters<typeof finding>[0][]) =>
  result.parse(JSON.parse(rdjson(reportOf({ findings: findings.map((change) => finding(change)) })))).diagnostics

test('each finding is a diagnostic over whole lines', () => {
  expect(read({ severity: 'critical', endLine: 5 })).toEqual([
    {
      message: '`user` may be null. The function reads a name from nothing.\n\nWhen: a user who was deleted',
      location: { path: 'src/a.ts', range: { start: { line: 3 }, end: { line: 5 } } },
      severity: 'ERROR',
      code: { value: 'bug/null-path' },
      original_output: 'return user.name',
    },
  ])
})

test('severities are those that reviewdog knows', () => {
  const severities = (['critical', 'high', 'medium', 'low', 'info'] as const).map((severity) => ({ severity }))
  expect(read(...severities).map(({ severity }) => severity)).toEqual(['ERROR', 'ERROR', 'WARNING', 'INFO', 'INFO'])
})

test('a report without findings has no diagnostics', () => {
  expect(read()).toEqual([])
})

test('in a comment, text fetches no image and is no HTML', () => {
  const [diagnostic] = read({ title: hostile, message: hostile, trigger: hostile, suggestion: hostile, quote: hostile })
  expect(diagnostic?.message).not.toMatch(/(?<!\\)!\[|(?<!\\)<img/)
  expect(JSON.stringify(diagnostic)).not.toMatch(harmful)
})
