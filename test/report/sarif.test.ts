import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Finding } from '../../src/tasks/findings/finding.ts'
import type { Report } from '../../src/report/report.ts'
import { sarif } from '../../src/report/sarif.ts'
import { finding } from '../tasks/findings/unit.ts'
import { harmful, hostile, reportOf } from './report.ts'

const file = join(import.meta.dirname, '..', 'fixtures', 'sarif', 'sarif-schema-2.1.0.json')
// zod takes `uri-reference` for a URL, which a relative reference is not. Addresses have a test of their own.
const schema: unknown = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
  key === 'format' && value === 'uri-reference' ? undefined : value,
)
const official = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])

// What GitHub reads of a SARIF file, and requires of it.
const ingested = z.object({
  runs: z.tuple([
    z.object({
      tool: z.object({
        driver: z.object({
          rules: z.array(
            z.object({
              id: z.string(),
              shortDescription: z.object({ text: z.string().min(1).max(1024) }),
              fullDescription: z.object({ text: z.string().min(1).max(1024) }),
              help: z.object({ text: z.string().min(1) }),
              defaultConfiguration: z.object({ level: z.string() }),
              properties: z.object({
                tags: z.array(z.string()).max(20),
                precision: z.enum(['very-high', 'high', 'medium', 'low']),
                'problem.severity': z.enum(['error', 'warning', 'recommendation']),
                'security-severity': z
                  .string()
                  .regex(/^\d\.\d$/)
                  .optional(),
              }),
            }),
          ),
        }),
      }),
      automationDetails: z.object({ id: z.string().endsWith('/') }),
      invocations: z.tuple([
        z.object({
          executionSuccessful: z.boolean(),
          toolExecutionNotifications: z.array(z.object({ level: z.string(), message: z.object({ text: z.string() }) })),
        }),
      ]),
      results: z.array(
        z.object({
          ruleId: z.string(),
          ruleIndex: z.number(),
          level: z.enum(['error', 'warning', 'note']),
          message: z.strictObject({ text: z.string().min(1) }),
          locations: z.tuple([
            z.object({
              physicalLocation: z.object({
                artifactLocation: z.strictObject({ uri: z.string().min(1) }),
                region: z.object({ startLine: z.number().min(1), endLine: z.number().min(1) }),
              }),
            }),
          ]),
          partialFingerprints: z.strictObject({ 'localBrain/v1': z.string() }),
        }),
      ),
    }),
  ]),
})

function ingest(report: Report) {
  const text = sarif(report)
  official.parse(JSON.parse(text))
  return ingested.parse(JSON.parse(text)).runs[0]
}

const resultOf = (change: Partial<Finding>) => {
  const { results } = ingest(reportOf({ findings: [finding(change)] }))
  return results[0] ?? expect.fail('there is no result')
}

test('the official schema and what GitHub asks for are met', () => {
  const { results, tool } = ingest(
    reportOf({ findings: [finding(), finding({ rule: 'security/injection', category: 'security' })] }),
  )
  expect(results).toHaveLength(2)
  expect(results.map(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex]?.id === ruleId)).toEqual([true, true])
})

test('the official schema is not just anything', () => {
  expect(official.safeParse({ version: '2.1.0', runs: [{ results: [] }] }).success).toBe(false)
})

test.each<[string, Partial<Finding>]>([
  [
    'of a model',
    { path: hostile, title: hostile, message: hostile, trigger: hostile, quote: hostile, suggestion: hostile },
  ],
  ['without a line', { startLine: 0, endLine: 0, quote: '', anchor: 'file' }],
  ['with a rule of any name', { rule: hostile }],
])('a finding %s harms nobody', (_, change) => {
  const report = reportOf({
    findings: [finding(change)],
    skill: hostile,
    notReviewed: [{ path: hostile, reason: hostile, gap: true }],
  })
  expect(sarif(report)).not.toMatch(harmful)
  ingest(report)
})

describe('an address is relative and encoded', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['a b/ü#?.ts', 'a%20b/%C3%BC%23%3F.ts'],
    ['/etc/passwd', 'etc/passwd'],
    ['../../x', 'x'],
    ['javascript:alert(1)', 'javascript%3Aalert(1)'],
    ['//host/x', 'host/x'],
    ['a\ud800b', 'a%EF%BF%BDb'],
  ])('%s', (path, uri) => {
    const found = resultOf({ path }).locations[0].physicalLocation.artifactLocation.uri
    expect(found).toBe(uri)
    expect(new URL(found, 'file:///home/me/project/').href).toMatch(/^file:\/\/\/home\/me\/project\/./)
  })
})

test('words in brackets do not become a link', () => {
  expect(resultOf({ message: 'see [here](http://evil)' }).message.text).toContain('see [here\\](http://evil)')
})

test.each([
  ['critical', 'error'],
  ['high', 'error'],
  ['medium', 'warning'],
  ['low', 'note'],
  ['info', 'note'],
] as const)('%s is an %s', (severity, level) => {
  expect(resultOf({ severity })).toMatchObject({ level })
})

test('what was not reviewed is a notification, and a gap is no success', () => {
  const report = reportOf({ notReviewed: [{ path: 'src/big.ts', reason: 'the time limit was reached', gap: true }] })
  expect(ingest(report).invocations).toEqual([
    {
      executionSuccessful: false,
      toolExecutionNotifications: [
        { level: 'warning', message: { text: 'Not reviewed: src/big.ts (the time limit was reached)' } },
      ],
    },
  ])
})
