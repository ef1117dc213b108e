import { describe, expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { reportOf } from '../doors/cli/ollama.ts'
import { temporaryFolder } from '../workspace-fixture.ts'
import { ollama } from '../doors/cli/ollama.ts'

const lines = Array.from(
  { length: 60 },
  (_, at) => `const value${at} = compute(first, second, third, fourth) + offset${at}`,
)
const source = `${lines.join('\n')}\n`

/** Far below the time limit of a run, far above what reading takes. */
const soon = 15_000

/** An answer that pays no attention to how long it may be. */
function answer(content: string) {
  const events = (content.match(/[^]{1,100000}/g) ?? []).map((part) => ({
    message: { role: 'assistant', content: part },
  }))
  const last = { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', eval_count: 9 }
  return reply.raw(...[...events, last].map((event) => `${JSON.stringify({ model: 'm', done: false, ...event })}\n`))
}

async function review(content: string, text = source) {
  const { root } = temporaryFolder({ 'a.js': text })
  const server = await ollama(() => answer(content), { strict: false })
  const args = ['-s', 'code-review', '-f', 'a.js', '--no-verify-findings', '--format', 'json']
  const run = await localBrain(args, { cwd: root, host: server.url })
  expect(run.ms).toBeLessThan(soon)
  return { report: reportOf(run), code: run.code }
}

const finding = (quote: string) => JSON.stringify({ quote, defect: 'race', title: 't', trigger: 'x', severity: 'low' })
const reviewOf = (findings: string) => `{"analysis": "", "findings": [${findings}]}`
const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(',')

describe('a reply of some megabytes is read in no time', () => {
  test.each<[string, () => string]>([
    ['empty objects', () => '{}'.repeat(1_000_000)],
    ['objects that open', () => '{"a":'.repeat(400_000)],
    ['lists that open', () => '['.repeat(2_000_000)],
    ['quotation marks', () => `{${'"'.repeat(1_000_000)}`],
    ['backslashes', () => `{"${'\\'.repeat(2_000_001)}`],
    ['blanks', () => `{${' '.repeat(3_000_000)}`],
    ['findings that cannot be read', () => reviewOf(many(300_000, () => '{"x":1}'))],
    ['single quotes', () => `{'a':'${"','".repeat(500_000)}`],
    ['escaped entities', () => reviewOf(finding('&amp;'.repeat(300_000)))],
    ['names in back ticks', () => reviewOf(`{"quote": "${lines[3]}", "message": "${'`NameOf1` '.repeat(200_000)}"}`)],
  ])(
    '%s',
    async (_, content) => {
      const { code, report } = await review(content())
      expect([0, 4]).toContain(code)
      expect(report.warnings.join()).toMatch(/^a reply of \d+ characters was cut after \d+/)
    },
    60_000,
  )

  test('quotes of which each is nearly there', { timeout: 60_000 }, async () => {
    const long = lines.map((line) => `${line} // ${'the third of many words '.repeat(15)}`)
    const near = (at: number) => finding(`${long[at % 60]?.replace('third, fourth', 'thirt, fout')}x${at}`)
    const { report, code } = await review(reviewOf(many(400, near)), `${long.join('\n')}\n`)
    expect(code).toBe(0)
    expect(report.dropped.ungrounded).toBeGreaterThanOrEqual(400)
  })

  test('and what stands at its beginning is kept', async () => {
    const { report } = await review(`${reviewOf(finding(lines[3] ?? ''))}${' and so on'.repeat(200_000)}`)
    expect(report.findings).toMatchObject([{ startLine: 4 }])
    expect(report.warnings).toHaveLength(1)
  })
})

/** A question about files that the model may read, answered in prose. */
async function ask(content: string) {
  const { root } = temporaryFolder({ 'a.js': source })
  const server = await ollama(() => answer(content), { strict: false })
  const run = await localBrain(['--format', 'json', 'hello'], { cwd: root, host: server.url })
  expect(run.ms).toBeLessThan(soon)
  return { report: reportOf(run), code: run.code }
}

describe('an answer that is full of what may begin a call', () => {
  const openers = ['<tool_call>{"', '{', '[', '(', '`', 'f(x=', '{"name": "', '<function=', '"', '<think>', "{'a': ("]
  test.each(openers)('230,000 times %j', { timeout: 60_000 }, async (opener) => {
    expect([0, 4]).toContain((await ask(opener.repeat(230_000))).code)
  })

  test.each(['<tool_call>{"', '<function=', '<think>', '{"name": "'])(
    'as long as an answer may be: %j',
    { timeout: 60_000 },
    async (opener) => {
      expect([0, 4]).toContain((await ask(opener.repeat(100_000 / opener.length))).code)
    },
  )

  test('of beginnings of keys, as long as an answer may be', { timeout: 60_000 }, async () => {
    expect([0, 4]).toContain((await ask('-eyJ'.repeat(50_000))).code)
  })

  test('is cut where no more was asked for, and says so', async () => {
    const { report, code } = await ask('and so on '.repeat(300_000))
    expect(code).toBe(4)
    expect(report.answer.length).toBeLessThan(1_000_000)
    expect(report.warnings.join()).toContain('the answer was cut')
  })
})

describe('a file that is full of what looks like a key', () => {
  test.each<[string, string]>([
    ['beginnings of web tokens', '-eyJ'.repeat(200_000)],
    ['web tokens without an end', 'eyJhbGciOiJIUzI1NiJ9.eyJ'.repeat(30_000)],
    ['dots', '.eyJ'.repeat(200_000)],
    ['beginnings of tokens', 'ghp_sk-ant-xoxb-glpat-AKIA'.repeat(30_000)],
    ['addresses', 'a://a:'.repeat(120_000)],
    ['names in addresses', 'abcdefghijklmnopqrst+://user:password'.repeat(20_000)],
    ['headers of private keys', '-----BEGIN RSA PRIVATE KEY-----'.repeat(25_000)],
    ['beginnings of headers', '-----BEGIN AAAA '.repeat(50_000)],
  ])(
    'is checked in no time: %s',
    async (_, text) => {
      const folder = temporaryFolder({ 'a.js': `${text}\n`, 'b.js': text.replace(/(.{1500})/g, '$1\n') })
      const server = await ollama(() => reply.json({ analysis: '', findings: [] }))
      const args = ['-s', 'code-review', '-d', '.', '--format', 'json', '--timeout', '10']
      const run = await localBrain(args, { cwd: folder.root, host: server.url })
      expect(run.ms).toBeLessThan(14_000)
      expect([0, 4]).toContain(run.code)
    },
    60_000,
  )

  test.each<[string, string]>([
    ['blanks', `${' '.repeat(1990)}x`],
    ['tests', 'it.it'.repeat(390)],
    ['brackets', ';)'.repeat(990)],
    ['orders to a model', 'ignore all '.repeat(180)],
    ['breaks in a debugger', 'x; '.repeat(660)],
  ])(
    'or like a statement: %s',
    async (_, line) => {
      const { root } = temporaryFolder({ 'a.js': `${line}\n`.repeat(1500) })
      const run = await localBrain(['-s', 'code-review', '-f', 'a.js', '--dry-run'], { cwd: root })
      expect(run.ms).toBeLessThan(soon)
      expect(run.code).toBe(0)
    },
    60_000,
  )
})
