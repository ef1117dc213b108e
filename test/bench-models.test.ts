import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { ChatBody } from './scripted-ollama/chat-body.ts'
import { reply } from './scripted-ollama/scripted-ollama.ts'
import { ollama } from './doors/cli/ollama.ts'
import { hasSandbox } from './workspace/sandbox/found.ts'
import { temporaryFolder } from './workspace-fixture.ts'

const home = join(import.meta.dirname, '..')

async function bench(host: string, ...args: string[]) {
  const folder = temporaryFolder().root
  const env = { ...process.env, HOME: folder, OLLAMA_HOST: host }
  const html = join(folder, 'models.html')
  const program = [join(home, 'scripts/bench-models.mjs'), ...args, '--html', html]
  const { stdout } = await promisify(execFile)(process.execPath, program, { env })
  return { stdout, html: readFileSync(html, 'utf8') }
}

const finding = (quote: string) => ({
  analysis: 'One line is wrong.',
  findings: [
    {
      quote,
      defect: 'wrong-result',
      title: 'It is wrong',
      message: 'It computes something else.',
      trigger: 'Any input.',
      severity: 'high',
      suggestion: '',
    },
  ],
})

/** Can do one of the tasks. */
function tasks({ messages, tools }: ChatBody) {
  const last = messages.at(-1)
  if (last?.role === 'tool' || !tools?.length || !messages[1]?.content.includes('Add longest(text)'))
    return reply.text('Done.')
  const now =
    'exports.longest = (text) =>\n  exports.words(text).reduce((best, word) => (word.length > (best?.length ?? 0) ? word : best), undefined)\n'
  return reply.calls({ name: 'write_file', arguments: { path: 'text.js', content: now, append: true } })
}

/** Knows one answer and one bug, and takes one right line for a bug. */
function fair(request: ChatBody) {
  const told = request.messages.map(({ content }) => content).join('\n')
  if (told.startsWith('You carry out one written task')) return tasks(request)
  if (told.includes('verdict')) {
    return request.format === undefined
      ? reply.text('It happens.')
      : reply.json({ evidence: 'the line itself', verdict: 'real' })
  }
  if (request.format !== undefined) {
    const known = ['c.mutex.RLock()', 'defer c.mutex.Unlock()'].find((line) => told.includes(line))
    return reply.json(known === undefined ? { analysis: 'Fine.', findings: [] } : finding(known))
  }
  if (!told.includes('DEFAULT_PORT in')) return reply.text('I do not know.')
  const isTold = request.messages.at(-1)?.role === 'tool'
  return isTold ? reply.text('It is 8080.') : reply.calls({ name: 'read_file', arguments: { path: 'src/port.rs' } })
}

const poor = () => reply.text('As a language model I love code.')

async function server() {
  return ollama((request) => (request.model.startsWith('fair') ? fair(request) : poor()), {
    models: [{ name: 'poor:1b' }, { name: 'fair:8b' }, { name: 'embed', capabilities: ['embedding'] }],
  })
}

describe('bench:models', () => {
  test('measures each model that can chat, and shows the numbers as a table', async () => {
    const { url, violations } = await server()
    const { stdout, html } = await bench(url, '--limit', '3')
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]?.split(/ {2,}/)).toEqual([
      'MODEL',
      'TOOL CALLS',
      'HOW',
      'VALID REPLIES',
      'BUGS FOUND',
      'FALSE ALARMS',
      'TASKS DONE',
      'TIME',
    ])
    const rows = lines.slice(1).map((line) => line.split(/ {2,}/).slice(0, -1))
    expect(rows).toEqual([
      ['fair:8b', '1 of 3', 'native', '6 of 6', '1 of 3', '1 in 3', hasSandbox ? '1 of 3' : 'no sandbox'],
      ['poor:1b', '0 of 3', 'native', '0 of 6', '0 of 3', '0 in 3', hasSandbox ? '0 of 3' : 'no sandbox'],
    ])
    expect(html.match(/fair:8b|poor:1b/g)).toEqual(['fair:8b', 'poor:1b'])
    expect(html).toMatch(/data-label="Bugs found"><span class="bar"><span style="width:33%">/)
    expect(violations).toEqual([])
  }, 180_000)

  test('--model, --limit and --json choose what is measured and how it is shown', async () => {
    const { url } = await server()
    const rows = JSON.parse((await bench(url, '--model', 'fair:8b', '--limit', '1', '--json')).stdout) as unknown
    expect(rows).toMatchObject([
      { model: 'fair:8b', toolCalling: 'native', tools: 1, toolsOf: 1, parsed: 2, parsedOf: 2 },
    ])
  }, 180_000)
})

describe('the corpus', () => {
  const read = (folder: string) =>
    readdirSync(join(home, 'bench/corpus', folder)).map((name) => ({
      name,
      text: readFileSync(join(home, 'bench/corpus', folder, name), 'utf8'),
    }))
  const languages = (names: { name: string }[]) => new Set(names.map(({ name }) => name.split('-')[0]))

  test.each([
    ['bugs', 1],
    ['clean', 0],
  ])('%s: at least 20 in five languages, with %i planted bug each', (folder, bugsEach) => {
    const changes = read(folder)
    expect(changes.length).toBeGreaterThanOrEqual(20)
    expect(languages(changes).size).toBe(5)
    const wrong = changes.filter(({ text }) => {
      const [head = '', body = ''] = text.split(/^---\n/m)
      const lines = body.trimEnd().split('\n')
      const bugs = lines.filter((line) => line.startsWith('!')).length
      return !/^file: [\w./]+\n/.test(head) || !lines.every((line) => /^[-+! ]/.test(line)) || bugs !== bugsEach
    })
    expect(wrong.map(({ name }) => name)).toEqual([])
  })
})
