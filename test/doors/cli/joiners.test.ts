import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const words = 'می\u200cخواهم 👩\u200d👩\u200d👧 क\u094d\u200dष'
const shown = 'می\\u{200c}خواهم'

describe('an answer keeps its joiners', () => {
  const ask = async (text: string, ...args: string[]) => {
    const { root } = repository({ 'a.ts': 'export const a = 1\n' })
    const server = await ollama(() => reply.text(...text.split(/(?=\u200d)/)))
    const run = await localBrain([...args, 'what is it?'], { cwd: root, host: server.url })
    return { root, run }
  }

  test('in a pipe, a file, JSON and the last report', async () => {
    const { root, run } = await ask(words, '-o', 'answer.md')
    expect(run.code).toBe(0)
    expect(readFileSync(join(root, 'answer.md'), 'utf8')).toBe(`${words}\n`)
    expect((await ask(words)).run.stdout).toBe(`${words}\n`)
    expect((await ask(words, '--format', 'compact')).run.stdout).toContain(words)
    const json = (await ask(words, '--format', 'json')).run
    expect(reportOf(json).answer).toBe(words)
  })

  test('in the last report', async () => {
    const { root } = repository({ 'a.ts': 'export const a = 1\n' })
    const server = await ollama(() => reply.text(words))
    const { HOME } = { HOME: repository().root }
    await localBrain(['what is it?'], { cwd: root, host: server.url, env: { HOME } })
    expect((await localBrain(['last'], { cwd: root, env: { HOME } })).stdout).toBe(`${words}\n`)
  })

  test('but not in Latin words, in code and in links', async () => {
    const { run } = await ask('pay\u200cpal `می\u200cخواهم`\n\n```\nمی\u200cخواهم\n```\n\n<https://a.b/می\u200cخواهم>')
    expect(run.stdout).toBe(`pay\\u{200c}pal \`${shown}\`\n\n\`\`\`\n${shown}\n\`\`\`\n\n<https://a.b/${shown}>\n`)
  })
})

test.each(['markdown', 'compact', 'github', 'sarif', 'rdjson', 'json'])(
  'a finding keeps those of its words, and not those of its code and its path: %s',
  async (format) => {
    const path = 'فا\u200cیل.js'
    const line = 'const می\u200cخواهم = list[0].name'
    const { root } = repository({ [path]: `${line}\n` })
    const said = { title: `${words} خالی`, message: `${words} است.`, trigger: '', suggestion: 'می\u200cخواهم()' }
    const found = { ...said, quote: line, defect: 'unhandled-case', severity: 'high' }
    const server = await ollama(() => reply.json({ analysis: 'It reads.', findings: [found] }))
    const args = ['-s', 'code-review', '-f', '*.js', '--no-verify-findings', '--format', format]
    const { stdout, code } = await localBrain(args, { cwd: root, host: server.url })
    expect(code).toBe(0)
    const isJson = ['sarif', 'rdjson', 'json'].includes(format)
    const text = isJson ? JSON.stringify(JSON.parse(stdout)) : stdout
    expect(text).toContain(`${words} خالی`)
    if (format !== 'compact') expect(text).toContain(`${words} است.`)
    // Documents of JSON write them as escapes of their own.
    if (isJson) expect(stdout).not.toMatch(/[\u200c\u200d]/)
    else {
      expect(stdout).toContain('فا\\u{200c}یل.js')
      expect(stdout).toContain(`const ${shown} = list`)
      expect(stdout).not.toContain('const می\u200c')
    }
  },
)
