import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const claim = {
  defect: 'unhandled-case',
  title: 'it fails',
  message: 'The result is wrong.',
  trigger: 'an empty list',
  severity: 'medium',
  suggestion: '',
}

type Claim = Partial<typeof claim> & { quote: string }

/** What the program says when a model makes these claims about a file. */
async function review(files: Record<string, string>, claims: Claim[], { more = [] as string[], format = 'json' } = {}) {
  const { root } = temporaryFolder(files)
  const findings = claims.map((change) => ({ ...claim, ...change }))
  const server = await ollama(() => reply.json({ analysis: 'Looked at.', findings }))
  const args = ['-f', Object.keys(files)[0] ?? '', '--no-verify-findings', '--format', format, ...more]
  return localBrain(['-s', 'code-review', ...args], { cwd: root, host: server.url })
}

async function linesFound(files: Record<string, string>, ...claims: Claim[]): Promise<unknown[]> {
  const { findings, dropped } = reportOf(await review(files, claims))
  return [...(findings ?? []).map(({ startLine }) => startLine), ...Array<string>(dropped.ungrounded).fill('dropped')]
}

describe('a finding whose quote stands is kept whatever its message mentions', () => {
  test.each<[string, string, Claim]>([
    [
      'an exception of .NET',
      'a.cs',
      { quote: 'return a[a.Length];', message: 'It throws `IndexOutOfRangeException`.' },
    ],
    ['an exception of Ruby', 'a.rb', { quote: 'user.name.upcase', message: '`NoMethodError` is raised.' }],
    ['a function of C', 'a.c', { quote: 'sprintf(b, "%s", s);', message: 'It overflows; `snprintf` takes the size.' }],
    ['a signal', 'a.go', { quote: 'cmd.Process.Kill()', message: 'The child never gets `SIGXFSZ`.' }],
    ['a modifier', 'a.sol', { quote: 'function pay() public {', message: '`nonReentrant` is missing.' }],
    ['a trait', 'a.rs', { quote: 'let c = a.clone();', message: 'The type is not `UnwindSafe`.' }],
  ])('%s', async (_, path, finding) => {
    const { root } = repository({ [path]: `${finding.quote}\n` })
    const server = await ollama(() => reply.json({ analysis: '', findings: [{ ...claim, ...finding }] }))
    const args = ['-f', path, '-s', 'code-review', '--format', 'json', '--no-verify-findings']
    const report = reportOf(await localBrain(args, { cwd: root, host: server.url }))
    expect(report.findings).toMatchObject([{ startLine: 1, message: finding.message }])
    expect(report.dropped.ungrounded).toBe(0)
  })

  test('and is a little less certain after the second look', async () => {
    const { root } = repository({ 'a.js': 'const a = list[0].name\n' })
    const confidences: (string | undefined)[] = []
    for (const message of ['It throws `FancyReferenceFault`.', 'It throws a `TypeError`.']) {
      const finding = { ...claim, quote: 'const a = list[0].name', message }
      const server = await ollama([
        reply.json({ analysis: '', findings: [finding] }),
        reply.text('It holds.'),
        reply.json({ evidence: finding.quote, verdict: 'real' }),
      ])
      const run = await localBrain(['-f', 'a.js', '-s', 'code-review', '--format', 'json'], {
        cwd: root,
        host: server.url,
      })
      confidences.push(reportOf(run).findings?.[0]?.confidence)
    }
    expect(confidences).toEqual(['medium', 'high'])
  })
})

describe('a quote is found', () => {
  const js =
    'import { totalOf } from "./total.js"\nconst a = n / zero\nconst share = totalOf(list, taxRate) / list.size\n'

  test.each<[string, string, number]>([
    ['with its number', '2: const a = n / zero', 2],
    ['in back ticks', '`const a = n / zero`', 2],
    ['with number, bold and back ticks', '**2 | `const a = n / zero`**', 2],
    ['with its path', 'a.js:2: const a = n / zero', 2],
    ['cut short', 'const share = totalOf(list, …', 3],
    ['with entities', 'import { totalOf } from &quot;./total.js&quot;', 1],
    ['with typographic quotation marks', 'import { totalOf } from “./total.js”', 1],
    ['with escaped quotation marks', 'import { totalOf } from \\"./total.js\\"', 1],
    ['with a written-out line break', 'const a = n / zero\\nconst share = totalOf(list, taxRate)', 2],
    ['with wide brackets', 'const share = totalOf（list, taxRate） / list.size', 3],
  ])('%s', async (_, quote, line) => {
    expect(await linesFound({ 'a.js': js }, { quote })).toEqual([line])
  })

  test('at the line that reads as it is written, before anything is taken off it', async () => {
    const yaml = 'jobs:\n  a:\n    steps:\n      - run: make all\n  b:\n    run: make all\n'
    expect(await linesFound({ 'ci.yaml': yaml }, { quote: '- run: make all' })).toEqual([4])
    const union = "type A =\n  | 'err'\n  | 'ok'\nconst x = 'err'\n"
    expect(await linesFound({ 'a.ts': union }, { quote: "| 'err'" })).toEqual([2])
    const elixir = 'String.trim()\nname\n|> String.trim()\n'
    expect(await linesFound({ 'a.ex': elixir }, { quote: '|> String.trim()' })).toEqual([3])
    const patch = 'const total = 1\n-const total = 1\n+const total = 2\n'
    expect(await linesFound({ 'notes.txt': patch }, { quote: '-const total = 1' })).toEqual([2])
  })

  test('at the number that was copied with it, of several equal lines', async () => {
    const text = 'if (a) {\n  return null\n}\nif (b) {\n  return null\n}\n'
    expect(await linesFound({ 'a.js': text }, { quote: '5: return null' })).toEqual([5])
    expect(await linesFound({ 'a.js': text }, { quote: '2: return null' })).toEqual([2])
  })

  test('nowhere, when it stands nowhere', async () => {
    const invented = ['2: const a = n / one', '`await database.close()`', '…', 'const share = … + taxRate', 'a.js:2:']
    const expected = invented.map(() => 'dropped')
    expect(await linesFound({ 'a.js': js }, ...invented.map((quote) => ({ quote })))).toEqual(expected)
  })
})

describe('a claim that is dropped is counted where people read', () => {
  const files = { 'a.js': 'const a = 1\n' }

  test('one', async () => {
    for (const format of ['markdown', 'compact', 'github']) {
      const { stdout, code } = await review(files, [{ quote: 'nowhere at all' }], { format })
      expect(stdout).toContain('1 finding was dropped: the input does not bear it out')
      expect(code).toBe(0)
    }
  })

  test('several, with what became of each', async () => {
    const { root } = temporaryFolder(files)
    const findings = ['const a = 1', 'nowhere at all', 'nor here'].map((quote) => ({ ...claim, quote }))
    const server = await ollama([
      reply.json({ analysis: '', findings }),
      reply.text('No.'),
      reply.json({ evidence: '', verdict: 'false_positive' }),
    ])
    const run = await localBrain(['-f', 'a.js', '-s', 'code-review'], { cwd: root, host: server.url })
    expect(run.stdout).toContain(
      '3 findings were dropped: 2 that the input does not bear out, 1 that a second look did not confirm',
    )
  })

  test('and nothing is said when none was', async () => {
    const { stdout } = await review(files, [{ quote: 'const a = 1' }], { format: 'markdown' })
    expect(stdout).not.toContain('dropped')
  })
})
