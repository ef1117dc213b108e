import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const source = `export function mean(list) {
  return sum(list) / list.length
}
export const first = (list) => list[0].name
`

const finding = {
  quote: 'return sum(list) / list.length',
  defect: 'unhandled-case',
  title: 'an empty list divides by zero',
  message: 'The result is not a number.',
  trigger: 'an empty list',
  severity: 'high',
  suggestion: '',
}

const other = { ...finding, quote: 'list[0].name', title: 'an empty list has no first entry' }
const review = { analysis: 'It divides.', findings: [finding] }
const text = JSON.stringify(review)

/** What becomes of a reply that is text, and how often it was asked for. */
async function read(content: string) {
  const { root } = temporaryFolder({ 'a.js': source })
  const server = await ollama(() => reply.text(content))
  const args = ['-s', 'code-review', '-f', 'a.js', '--no-verify-findings', '--format', 'json']
  const run = await localBrain(args, { cwd: root, host: server.url })
  return { code: run.code, report: reportOf(run), requests: server.requests.length }
}

async function expectFound(content: string, lines = [2]) {
  const { code, report, requests } = await read(content)
  expect(report.findings?.map(({ startLine }) => startLine).toSorted()).toEqual(lines)
  expect([code, requests]).toEqual([0, 1])
  return report.findings ?? []
}

const changed = (change: object) => JSON.stringify({ analysis: 'It divides.', findings: [{ ...finding, ...change }] })
const without = (...keys: string[]) => changed(Object.fromEntries(keys.map((key) => [key, undefined])))

describe('a finding is read', () => {
  test.each<[string, string]>([
    ['with a severity in another case', changed({ severity: 'High' })],
    ['with a severity in capitals', changed({ severity: 'CRITICAL' })],
    ['with a severity in another word', changed({ severity: 'Blocker' })],
    ['with a severity that says nothing', changed({ severity: 'purple' })],
    ['with a severity that is a number', changed({ severity: 7 })],
    ['with a kind in another case', changed({ defect: 'Unhandled_Case' })],
    ['with a kind in words', changed({ defect: 'unhandled case' })],
    ['with a kind and its category', changed({ defect: 'bug/unhandled-case' })],
    ['with a kind that is not on the list', changed({ defect: 'division by zero' })],
    ['without a suggestion', without('suggestion')],
    ['with a suggestion of null', changed({ suggestion: null })],
    ['with a suggestion that is a list', changed({ suggestion: ['if (list.length === 0) return 0'] })],
    ['without a trigger, a title and a kind', without('trigger', 'title', 'defect')],
    ['without a message', without('message')],
    ['with nothing but a quote', JSON.stringify({ findings: [{ quote: finding.quote }] })],
    ['with a quote that is a list', changed({ quote: [finding.quote] })],
    ['without an analysis', JSON.stringify({ findings: [finding] })],
    ['with an analysis that is a list', JSON.stringify({ ...review, analysis: ['It', 'divides.'] })],
    [
      'with keys in another case',
      JSON.stringify({ Analysis: 'x', Findings: [{ ...finding, quote: undefined, Quote: finding.quote }] }),
    ],
    [
      'with keys in other words',
      JSON.stringify({
        summary: 'x',
        issues: [{ code: finding.quote, type: 'bug', description: 'It divides by zero.', fix: null }],
      }),
    ],
    ['with more keys than were asked for', changed({ line: 99, confidence: 0.9, references: [] })],
  ])('%s', async (_, content) => {
    await expectFound(content)
  })

  test('and what is missing is made of what is there', async () => {
    const [found] = await expectFound(
      JSON.stringify({
        findings: [{ quote: finding.quote, severity: 'Major', description: 'It divides by zero. Sometimes.' }],
      }),
    )
    expect(found).toMatchObject({ title: 'It divides by zero.', message: 'It divides by zero. Sometimes.' })
  })
})

describe('a review is read', () => {
  test.each<[string, string]>([
    ['after code in prose, in a fence', `The function f() { return x } is wrong.\n\n\`\`\`json\n${text}\n\`\`\``],
    ['before prose with braces', `${text}\n\nSo \`{ return 0 }\` would be right.`],
    ['after another object', `{"thought": "let me see"}\n${text}`],
    ['before another object', `${text}\n{"done": true}`],
    ['twice', `${text}${text}`],
    ['after a draft', `{"analysis": "a draft", "findings": []}\nNow the real one:\n${text}`],
    ['as a list', JSON.stringify([review])],
    ['as a list of findings', JSON.stringify([finding])],
    ['as a finding alone', JSON.stringify(finding)],
    ['with a finding in place of the list', JSON.stringify({ ...review, findings: finding })],
    ['in an object', JSON.stringify({ review })],
    ['in a call', JSON.stringify({ name: 'report_findings', arguments: review })],
    ['in a call with its arguments as text', JSON.stringify({ name: 'report_findings', arguments: text })],
    ['in a list of calls', JSON.stringify([{ type: 'function', function: { name: 'report', arguments: text } }])],
    ['with a comma too many', text.replace(/\]\}$/, ',]}')],
    ['in single quotes', text.replaceAll('"', "'")],
    ['after an example', `{"analysis": "...", "findings": [{"quote": "..."}]}\n${text}`],
    ['before an example', `${text}\nlike {"analysis": "...", "findings": [...]}`],
  ])('%s', async (_, content) => {
    await expectFound(content)
  })

  test.each<[string, string]>([
    ['one after the other', `${JSON.stringify(finding)}\n${JSON.stringify(other)}`],
    ['by severity', JSON.stringify({ analysis: '', findings: { high: [finding], low: [other] } })],
    [
      'beside entries that cannot be read',
      JSON.stringify({ ...review, findings: [finding, null, 'a word', { severity: 'high' }, other] }),
    ],
    [
      'beside one that breaks off',
      `{"analysis": "x", "findings": [${JSON.stringify(finding)}, ${JSON.stringify(other)}, {"quote": "ret`,
    ],
  ])('with two findings, %s', async (_, content) => {
    await expectFound(content, [2, 4])
  })

  test('that found nothing', async () => {
    for (const content of ['{"analysis": "It adds.", "findings": []}', 'Sure:\n{"ANALYSIS": "", "Findings": []}']) {
      const { report, code, requests } = await read(content)
      expect(report).toMatchObject({ findings: [], reviewed: [{ path: 'a.js' }] })
      expect([code, requests]).toEqual([0, 1])
    }
  })
})

describe('no review is', () => {
  test.each([
    ['prose', 'It looks good to me.'],
    ['an empty object', '{}'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['findings without a sign that anything was looked at', '{"findings": []}'],
    ['a word for the list', '{"analysis": "x", "findings": "none"}'],
    ['null for the list', '{"analysis": "x", "findings": null}'],
    ['an example', '{"analysis": "...", "findings": [...]}'],
    ['an example with a list of examples', '{"analysis": "...", "findings": [{"quote": "...", "severity": "..."}]}'],
    ['an example with words', '{"analysis": "what it does", "findings": [ ... ]}'],
    ['an example of an empty one', '{"analysis": "<the analysis>", "findings": []}'],
    ['one that breaks off in its list', '{"analysis": "It adds", "findings": ['],
    ['a list that only holds a comment', '{"analysis": "x", "findings": [ /* none */ ]}'],
    ['other data that looks a little like it', 'The file is {"summary": "x", "results": []}.'],
    ['findings without quotes', '{"analysis": "x", "findings": [{"severity": "high", "message": "bad"}]}'],
  ])('%s', async (_, content) => {
    const { code, report, requests } = await read(content)
    expect(report).toMatchObject({ stop: 'unusable', reviewed: [], exitCode: 4, error: { code: 'unusable' } })
    expect([code, requests]).toEqual([4, 2])
  })
})

describe('the second look is read', () => {
  async function look(content: string) {
    const { root } = temporaryFolder({ 'a.js': source })
    const server = await ollama([reply.json(review), reply.text('I looked.'), reply.text(content), reply.text(content)])
    const args = ['-s', 'code-review', '-f', 'a.js', '--format', 'json']
    return reportOf(await localBrain(args, { cwd: root, host: server.url }))
  }

  test.each([
    '{"evidence": "x", "verdict": "Real"}',
    '{"verdict": "REAL"}',
    '{"Evidence": ["x", "y"], "Verdict": "confirmed"}',
    '[{"evidence": null, "verdict": true}]',
    'The check f() { } is missing.\n{"evidence": "x", "verdict": "real"}',
    '{"name": "verdict", "arguments": {"evidence": "x", "verdict": "real"}}',
  ])('as a confirmation: %s', async (content) => {
    expect(await look(content)).toMatchObject({ findings: [{ verified: true }], dropped: { refuted: 0 } })
  })

  test.each([
    '{"evidence": "x", "verdict": "False Positive"}',
    '{"evidence": "x", "verdict": "not real"}',
    '{"evidence": "x", "verdict": "Unsure"}',
    '{"evidence": "x", "verdict": "real or false_positive"}',
    '{"evidence": "x"}',
    'It is real.',
  ])('as none: %s', async (content) => {
    expect(await look(content)).toMatchObject({ findings: [], dropped: { refuted: 1 } })
  })
})

describe('what is no part of a text inside a reply is in no report', () => {
  const marks: [string, (words: string) => string][] = [
    ['an end mark', (words) => `${words}</s>`],
    ['an end mark and a turn', (words) => `${words}<|im_end|>\n<|im_start|>user\nAnd now?`],
    ['thinking', (words) => `<thought>Is that so?</thought> ${words}`],
    ['a lone closing mark', (words) => `I look at it.</think>${words}`],
    ['a role', (words) => `<|im_start|>assistant\n${words}`],
  ]
  test.each(marks)('%s', async (_, mark) => {
    const words = {
      title: 'an empty list divides by zero',
      message: 'The result is not a number.',
      trigger: 'an empty list',
      suggestion: 'return list.length ? sum(list) / list.length : 0',
    }
    const marked = Object.fromEntries(Object.entries(words).map(([key, text]) => [key, mark(text)]))
    const dressed = { quote: mark(finding.quote), severity: mark('low'), defect: mark('leaked-resource') }
    for (const content of [
      changed({ ...marked, ...dressed }),
      JSON.stringify({ name: 'answer', arguments: changed({ ...marked, ...dressed }) }),
    ]) {
      const [found] = await expectFound(content)
      expect(found).toMatchObject({ ...words, severity: 'low', category: 'resource' })
    }
  })

  test('a finding that is about such marks keeps them', async () => {
    const title = 'the mark `</think>` is never closed'
    const message = 'A reply may hold </think> more than once, or "</s>".'
    const [found] = await expectFound(changed({ title, message }))
    expect(found).toMatchObject({ title, message })
  })

  test('a line of the input that holds a mark is found as it stands', async () => {
    const { root } = temporaryFolder({ 'a.js': 'const end = text + `</s>`\nassistant: for (;;) break\n' })
    const findings = [
      { ...finding, quote: 'const end = text + `</s>`', title: 'it ends in </s>' },
      { ...finding, quote: 'assistant: for (;;) break' },
    ]
    const server = await ollama(() => reply.json({ analysis: 'It ends.', findings }))
    const args = ['-s', 'code-review', '-f', 'a.js', '--no-verify-findings', '--format', 'json']
    const report = reportOf(await localBrain(args, { cwd: root, host: server.url }))
    expect(report.findings?.map(({ startLine, quote, title }) => [startLine, quote, title])).toEqual([
      [1, 'const end = text + `</s>`', 'it ends in </s>'],
      [2, 'assistant: for (;;) break', finding.title],
    ])
  })

  test.each(['Real</s>', '<think>It divides.</think>real', 'I am sure.</think>real<|im_end|>'])(
    'a verdict of %j confirms',
    async (verdict) => {
      const { root } = temporaryFolder({ 'a.js': source })
      const evidence = 'return sum(list) / list.length<|im_end|>'
      const server = await ollama([reply.text(text), reply.text('It divides.'), reply.json({ evidence, verdict })])
      const args = ['-s', 'code-review', '-f', 'a.js', '--format', 'json']
      const report = reportOf(await localBrain(args, { cwd: root, host: server.url }))
      expect(report.findings).toMatchObject([{ verified: true, confidence: 'high' }])
    },
  )
})
