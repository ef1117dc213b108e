import { describe, expect, test } from 'vitest'
import { findingsOnScreen } from '../../../src/doors/cli/screen.ts'
import { blankReport } from '../../../src/report/blank.ts'
import type { Report } from '../../../src/report/report.ts'
import { displayWidth } from '../../../src/text/width.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { finding } from '../../tasks/findings/unit.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'
import { hasTerminal, onTerminal, textOf } from './terminal.ts'

const long =
  'The function divides by the number of items without looking whether there is any, so that the sum is lost.'

function report(change: Partial<Report> = {}): Report {
  return {
    ...blankReport(),
    skill: 'code-review',
    model: { name: 'qwen3:8b', digest: 'a', contextLength: 8192, toolCalling: 'native' },
    scope: { kind: 'staged', base: null, root: '.' },
    parts: { reviewed: 3, of: 3 },
    reviewed: [
      { path: 'src/a.ts', startLine: 1, endLine: 90 },
      { path: 'src/b.ts', startLine: 1, endLine: 9 },
    ],
    usage: { ...blankReport().usage, outputTokens: 300, outputMs: 10_000, totalMs: 42_300 },
    findings: [
      finding({ severity: 'low', path: 'src/b.ts', startLine: 7, title: 'a name says nothing', trigger: '' }),
      finding({ severity: 'critical', startLine: 80, title: 'an empty list divides by zero', message: long }),
      finding({
        severity: 'medium',
        startLine: 3,
        title: '合計が正しくない場合があります👋',
        verified: false,
        new: true,
      }),
    ],
    ...change,
  }
}

const plain = async (columns: number, change?: Partial<Report>) =>
  findingsOnScreen(report(change), { columns, color: false })

test('one line sums up, then each file has its findings, the gravest first', async () => {
  expect(
    await plain(120),
  ).toBe(`3 findings (1 critical, 1 medium, 1 low) · staged changes · 2 files, 3 parts reviewed · qwen3:8b · 42 s · 30 tokens/s

src/a.ts
  critical 80: an empty list divides by zero (bug/null-path)
    return user.name
    ${long.slice(0, 107)}
    When: a user who was deleted
  medium 3: 合計が正しくない場合があります👋 (bug/null-path, not verified, new)
    return user.name
    The function reads a name from nothing.
    When: a user who was deleted

src/b.ts
  low 7: a name says nothing (bug/null-path)
    return user.name
    The function reads a name from nothing.

Kept on a second look: 2 of 3
`)
})

test('however narrow it is, a number stays beside its unit', async () => {
  for (let columns = 20; columns < 100; columns++)
    expect(await plain(columns)).not.toMatch(/^[^\n]*(?<![\w:.])\d+\n {2}[a-z]/)
})

test('what no model was needed for is said, and nothing of a second look where no finding had one', async () => {
  const found = [finding({ rule: 'security/secret', severity: 'high', trigger: '' }), finding({ verified: false })]
  const text = await plain(80, { findings: found })
  expect(text).toContain('(security/secret, found without a model)')
  expect(text).toContain('(bug/null-path, not verified)')
  expect(text).not.toContain('second look')
})

describe.each([40, 80, 120])('on %i columns', (columns) => {
  test('no line is wider, what goes on is indented, and a finding has six lines at most', async () => {
    const suggestion = 'if (items.length === 0) return 0\nreturn sum / items.length'
    const findings = [finding({ message: long.repeat(3), trigger: long, suggestion, title: long.slice(0, 80) })]
    const text = await plain(columns, { findings })
    const lines = text.trimEnd().split('\n')
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    const shown = lines.slice(lines.indexOf('src/a.ts') + 1, lines.indexOf('', lines.indexOf('src/a.ts')))
    expect(shown.length).toBeLessThanOrEqual(6)
    expect(shown.every((line) => line.startsWith('  '))).toBe(true)
    expect(shown).toContain('    return user.name')
    expect(text).toContain('Instead: if (items.length')
    expect(text).toContain('…')
    expect(text.replace(/\s+/g, ' ')).toContain('Cut at …; all of it: local-brain last | cat')
  })

  test('letters that take two columns are counted as two', async () => {
    const title = '合計が正しくない場合があります'.repeat(4)
    const text = await plain(columns, { findings: [finding({ title, path: `${title}.ts` })] })
    for (const line of text.split('\n')) {
      expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    }
  })
})

test('there is no empty heading, and what was not looked at is said', async () => {
  const notReviewed = [{ path: 'a.png', reason: 'binary', gap: false }]
  const dropped = { ungrounded: 1, refuted: 0, duplicate: 0, suppressed: 2, capped: 3 }
  expect(
    await plain(120, { findings: [], notReviewed, dropped }),
  ).toBe(`No findings · staged changes · 2 files, 3 parts reviewed · qwen3:8b · 42 s · 30 tokens/s

Not reviewed: a.png (binary)
1 finding was dropped: the input does not bear it out
Hidden by comments or the baseline: 2
More findings, not shown: 3 (--max-findings 0 shows all)
`)
})

test('severities have their colours, and nothing of a finding has any of its own', async () => {
  const findings = [
    finding({
      severity: 'critical',
      title: '\u001b[32mgreen\u001b[0m',
      path: 'a\u001b[1m.ts',
      quote: '\u001b]0;x\u0007',
    }),
  ]
  const text = await findingsOnScreen(report({ findings }), { columns: 80, color: true })
  expect(text).toContain('\u001b[1m\u001b[31mcritical\u001b[39m\u001b[22m 3: ')
  // oxlint-disable-next-line no-control-regex
  expect(text.replaceAll(/\u001b\[(?:1|2|4|22|24|31|32|33|36|39)m/g, '')).not.toMatch(/[\u001b\u0007]/)
})

test('code has the colours of its language', async () => {
  const findings = [finding({ quote: "return 'a' + 1 // b" })]
  const text = await findingsOnScreen(report({ findings }), { columns: 80, color: true })
  expect(text).toContain(
    "\u001b[36mreturn\u001b[39m \u001b[32m'a'\u001b[39m + \u001b[33m1\u001b[39m \u001b[2m// b\u001b[22m",
  )
})

const claim = {
  quote: 'export const half = (n) => n / 0',
  defect: 'wrong-result',
  title: 'it divides by zero',
  message: 'Half of a number is asked for, and the result is infinite for every number but zero.',
  trigger: 'half(2)',
  severity: 'high',
  suggestion: 'export const half = (n) => n / 2',
}

async function reviewed() {
  const { root } = temporaryFolder({ 'half.js': `${claim.quote}\n` })
  const review = { analysis: 'Read it.', findings: [claim] }
  const server = await ollama((request) =>
    JSON.stringify(request.format ?? '').includes('verdict')
      ? reply.json({ evidence: '', verdict: 'real' })
      : request.format === undefined
        ? reply.text('It happens.')
        : reply.json(review),
  )
  return { root, server }
}

describe.runIf(hasTerminal)('a review on a terminal', () => {
  test.each([40, 80, 120])('of %i columns is laid out for it, with nothing said twice', async (columns) => {
    const { root, server } = await reviewed()
    const shown = await onTerminal(['-f', 'half.js'], root, server.url, { columns }).ended
    expect(shown).toContain('\u001b[31mhigh\u001b[39m 1: it divides by zero')
    // oxlint-disable-next-line no-control-regex
    const text = textOf(shown).replaceAll(/\u001b\[[\d;]*m/g, '')
    for (const words of ['it divides by zero', 'n / 0', 'half(2)', 'n / 2', '1 finding']) {
      // On a narrow one some of it is cut.
      const times = text.replace(/\s+/g, ' ').split(words).length - 1
      expect({ words, times }).toEqual({ words, times: columns === 40 ? expect.toBeOneOf([0, 1]) : 1 })
    }
    expect(text).not.toContain('##')
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  })

  test.each<[string, string[], Record<string, string>]>([
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['TERM=dumb', [], { TERM: 'dumb' }],
    ['--color never', ['--color', 'never'], { FORCE_COLOR: '1' }],
  ])('has no colour with %s, and the same words', async (_, flags, env) => {
    const { root, server } = await reviewed()
    const shown = await onTerminal([...flags, '-f', 'half.js'], root, server.url, { env }).ended
    expect(textOf(shown)).toContain('  high 1: it divides by zero (bug/wrong-result')
  })
})

test('into a pipe it is Markdown with its four headings, and with --color always what a terminal gets', async () => {
  const { root, server } = await reviewed()
  const piped = await localBrain(['-f', 'half.js'], { cwd: root, host: server.url })
  expect(piped.stdout.match(/^## /gm)).toHaveLength(4)
  const colored = await localBrain(['-f', 'half.js', '--color', 'always'], {
    cwd: root,
    host: server.url,
    env: { NO_COLOR: '1' },
  })
  expect(colored.stdout).toContain('\u001b[31mhigh\u001b[39m 1: it divides by zero')
})
