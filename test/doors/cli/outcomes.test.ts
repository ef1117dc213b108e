import { describe, expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { type ScriptSource, type ScriptedOllamaOptions, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { type Ended, localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const isBinary = process.env['LOCAL_BRAIN_BIN'] !== undefined

const project = { 'a.ts': 'export const timeout = 30\n' }

const read = { name: 'read_file', arguments: { path: 'a.ts' } }

/** Of a tool call that the server could not read. */
const unreadable = 'error parsing tool call: raw=\'{"path": \', err=unexpected end of JSON input'

const memory = 'llama-server process has terminated: exit status 1: cudaMalloc failed: out of memory'

const stopped =
  'model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, check ollama server logs for details'

type Outcome = {
  script: ScriptSource
  server?: ScriptedOllamaOptions
  args?: string[]
  /** What -v shows of retries, in order. */
  retries?: string[]
}

async function ask({ script, server: options, args = [] }: Outcome) {
  const { root } = repository(project)
  const server = await ollama(script, options)
  const run = await localBrain(['-v', ...args, 'what is the timeout?'], { cwd: root, host: server.url })
  return { run, server }
}

function retriesOf(run: Ended): string[] {
  return [...run.stderr.matchAll(/^~ again \(\d+\): (.*)$/gm)].map(([, reason = '']) => reason)
}

const thinker = { models: [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'] }] }

describe('what can be mended ends with the answer, and -v shows what it took', () => {
  test.each<[string, Outcome]>([
    ['calls in the last event', { script: [reply.lastCalls(read), reply.text('30.')] }],
    [
      'calls of llama-server',
      { script: [reply.calls(read), reply.text('30.')], server: { models: [{ name: 'n', calls: 'native' }] } },
    ],
    [
      'calls of gpt-oss',
      {
        script: [reply.calls(read), reply.text('30.')],
        server: { models: [{ name: 'g', calls: 'harmony', capabilities: ['completion', 'tools', 'thinking'] }] },
      },
    ],
    [
      'a reply that is only thinking',
      {
        script: [reply.thinking('The timeout is in a file.'), reply.text('30.')],
        server: thinker,
        args: ['--think', 'low'],
        retries: ['the model thought but did not answer'],
      },
    ],
    [
      'a reply that the parser swallowed',
      { script: [reply.empty(), reply.text('30.')], retries: ['the reply was empty'] },
    ],
    [
      'one that it swallows again: without its parser',
      {
        script: [reply.empty(), reply.empty(), reply.text('30.')],
        retries: ['the reply was empty', 'the reply was empty'],
      },
    ],
    [
      'a stream that breaks off',
      { script: [reply.broken('The ti'), reply.text('30.')], retries: ['the reply broke off'] },
    ],
    [
      'a connection that breaks off',
      { script: [reply.reset('The ti'), reply.text('30.')], retries: ['the reply broke off'] },
    ],
    [
      'a malformed call, refused',
      {
        script: [reply.error(500, unreadable), reply.text('30.')],
        retries: ['the server could not read the tool call'],
      },
    ],
    [
      'a malformed call, as an error line',
      {
        script: [reply.errorLine(unreadable, 'I '), reply.text('30.')],
        retries: ['the server could not read the tool call'],
      },
    ],
    [
      'malformed calls until the protocol of the prompt',
      {
        script: [...Array<ReturnType<typeof reply.error>>(3).fill(reply.error(500, unreadable)), reply.text('30.')],
        retries: Array<string>(3).fill('the server could not read the tool call'),
      },
    ],
    [
      'a model that has no tool calling after all',
      {
        script: [
          reply.error(400, 'registry.ollama.ai/library/scripted:latest does not support tools'),
          reply.text('30.'),
        ],
        retries: ['the model has no native tool calling'],
      },
    ],
    [
      'a model that has no thinking after all',
      {
        script: [reply.error(400, '"thinker" does not support thinking'), reply.text('30.')],
        server: thinker,
        args: ['--think', 'high'],
        retries: ['the model does not support thinking'],
      },
    ],
    ['a busy server', { script: [reply.busy(), reply.text('30.')], retries: ['the server is busy'] }],
    [
      'memory that is free a moment later',
      { script: [reply.error(500, memory), reply.text('30.')], retries: ['the server is out of memory'] },
    ],
    [
      'a runner that stopped',
      { script: [reply.error(500, stopped), reply.text('30.')], retries: ['the model stopped running'] },
    ],
    [
      'a server that hangs up, also on a new connection',
      // The standalone binary has a new connection for each request.
      {
        script: [reply.reset(), ...(isBinary ? [] : [reply.reset()]), reply.text('30.')],
        retries: ['the server closed the connection'],
      },
    ],
  ])('%s', async (_, outcome) => {
    const { run, server } = await ask(outcome)
    expect(retriesOf(run)).toEqual(outcome.retries ?? [])
    expect(run).toMatchObject({ stdout: '30.\n', code: 0 })
    expect(server.violations).toEqual([])
  })
})

describe('what cannot be mended ends with two lines and a code that says whose fault it is', () => {
  const whole = (text: string) => new RegExp(`^${text}$`)
  test.each<[string, Outcome & { code: number; error: RegExp; hint: RegExp; shown?: string }]>([
    [
      'only thinking, again',
      {
        script: [reply.thinking('Hm.'), reply.thinking('Hm.')],
        server: { models: [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'], calls: 'native' }] },
        retries: ['the model thought but did not answer'],
        code: 4,
        error: whole('error: The model gave no complete answer'),
        hint: /--model/,
      },
    ],
    [
      'swallowed to the end',
      {
        script: () => reply.empty(),
        retries: ['the reply was empty', 'the reply was empty'],
        code: 4,
        error: whole('error: The model gave no complete answer'),
        hint: /--model/,
      },
    ],
    [
      'cut by its limit',
      {
        script: [reply.cut('The timeout is')],
        code: 4,
        error: whole('error: The model gave no complete answer'),
        hint: /--model/,
        shown: 'The timeout is\n\n[Incomplete: the answer was cut]\n',
      },
    ],
    [
      'cut by the window',
      {
        script: [
          [...reply.text('The timeout is'), ...reply.done({ reason: 'length', promptTokens: 8000, outputTokens: 192 })],
        ],
        code: 4,
        error: whole("error: The input does not fit the model's window"),
        hint: /--num-ctx/,
        shown: "The timeout is\n\n[Incomplete: the model's window is full]\n",
      },
    ],
    [
      'broken off twice',
      {
        script: () => reply.broken('The ti'),
        retries: ['the reply broke off'],
        code: 3,
        error: whole('error: The answer broke off.*'),
        hint: /ollama ps/,
      },
    ],
    [
      'malformed calls to the end',
      {
        script: () => reply.error(500, unreadable),
        retries: Array<string>(3).fill('the server could not read the tool call'),
        code: 3,
        error: whole('error: Model "scripted:latest" wrote tool calls that Ollama could not read: .*'),
        hint: /--model/,
      },
    ],
    [
      'a prompt that is too long and cannot be divided',
      {
        script: () => reply.error(400, 'the input length exceeds the context length'),
        code: 4,
        error: whole("error: The input does not fit the model's window"),
        hint: /--num-ctx/,
      },
    ],
    [
      'a model that went missing',
      {
        script: [reply.error(404, "model 'scripted:latest' not found")],
        code: 3,
        error: whole('error: Model "scripted:latest" is not installed'),
        hint: /^hint: ollama pull scripted:latest$/,
      },
    ],
    [
      'a cloud that asks to sign in',
      {
        script: [reply.error(401, 'unauthorized')],
        code: 3,
        error: /^error: .*cloud refuses it/,
        hint: /ollama signin/,
      },
    ],
    [
      'a cloud that is switched off',
      {
        script: [reply.error(403, 'ollama cloud is disabled: remote model is unavailable')],
        code: 3,
        error: /^error: .*cloud refuses it: ollama cloud is disabled/,
        hint: /--model/,
      },
    ],
    [
      'out of memory twice',
      {
        script: () => reply.error(500, memory),
        retries: ['the server is out of memory'],
        code: 3,
        error: /^error: Model "scripted:latest" does not fit into memory: .*cudaMalloc/,
        hint: /--model.*--num-ctx/,
      },
    ],
    [
      'a model that is newer than the server',
      {
        script: () => reply.error(500, 'unable to load: this model may be incompatible with your version of Ollama'),
        code: 3,
        error: /^error: This version of Ollama is too old for model "scripted:latest"/,
        hint: /./,
      },
    ],
    [
      'a runner that stops again',
      {
        script: () => reply.error(500, stopped),
        retries: ['the model stopped running'],
        code: 3,
        error: /^error: Model "scripted:latest" stopped running on the server/,
        hint: /ollama ps/,
      },
    ],
    [
      'a server that hangs up again',
      {
        script: () => reply.reset(),
        retries: ['the server closed the connection'],
        code: 3,
        error: /^error: Ollama at http:.* closed the connection before it answered$/,
        hint: /ollama ps/,
      },
    ],
    [
      'a server that is busy past the time limit',
      {
        script: () => reply.busy(),
        args: ['--timeout', '2'],
        retries: ['the server is busy', 'the server is busy'],
        code: 3,
        error: /^error: Ollama at http:.* is busy: server busy/,
        hint: /ollama ps/,
      },
    ],
    [
      'a server that redirects',
      {
        script: [reply.redirect('http://127.0.0.1:9/api/chat')],
        code: 3,
        error: /^error: Ollama at .* redirects to another address/,
        hint: /--host/,
      },
    ],
  ])('%s', async (_, { code, error, hint, shown = '', ...outcome }) => {
    const { run } = await ask(outcome)
    const lines = run.stderr.trimEnd().split('\n')
    expect(lines.at(-2)).toMatch(error)
    expect(lines.at(-1)).toMatch(hint)
    expect(retriesOf(run).slice(0, outcome.retries?.length ?? 0)).toEqual(outcome.retries ?? [])
    expect(run).toMatchObject({ code, stdout: shown })
  })
})

describe('findings that cannot be read are asked for once more, then named as not reviewed', () => {
  async function review(script: ScriptSource, args: string[] = []) {
    const { root } = temporaryFolder({ 'a.js': 'export const a = 1\n', 'b.js': 'export const b = 2\n' })
    const server = await ollama(script)
    const all = ['-v', '-s', 'code-review', '--format', 'json', ...args, '-f', 'a.js,b.js']
    return { run: await localBrain(all, { cwd: root, host: server.url }), server }
  }
  const clean = reply.json({ analysis: 'Fine.', findings: [] })

  test('once is enough when the second try is good', async () => {
    const { run, server } = await review([reply.text('I would say it is fine.'), clean, clean])
    expect(reportOf(run)).toMatchObject({ notReviewed: [], exitCode: 0 })
    expect(retriesOf(run)).toEqual(['it is not JSON'])
    expect(server.requests[1]?.messages.at(-1)?.content).toContain('That was not usable: it is not JSON')
  })

  test('one file without an answer is a gap, which counts where --fail-on asks for all', async () => {
    const cut = reply.cut('{"analysis": "It')
    const { run } = await review([cut, cut, clean])
    expect(reportOf(run)).toMatchObject({ reviewed: [{ path: 'b.js' }], notReviewed: [{ path: 'a.js', gap: true }] })
    expect((await review([cut, cut, clean], ['--fail-on', 'low'])).run.code).toBe(4)
  })

  test('no file with an answer is exit 4', async () => {
    const { run } = await review(() => reply.text('I would say it is fine.'))
    expect(run.code).toBe(4)
    expect(run.stderr).toMatch(/^error: The model gave no complete answer\nhint: .*--model/m)
  })
})

describe('a prompt that would leave the machine is never sent', () => {
  const stub = { name: 'mine', remote: { host: 'https://ollama.com:443', model: 'gpt-oss:120b' } }
  test.each<[string, string[], RegExp]>([
    ['a cloud name', ['-m', 'qwen3-coder:480b-cloud'], /^error: Model "qwen3-coder:480b-cloud" runs at ollama\.com/],
    ['a stub under another name', ['-m', 'mine'], /^error: Model "mine(:latest)?" runs at https:\/\/ollama\.com:443/],
    ['another host', ['--host', 'http://192.0.2.1:11434'], /^error: http:\/\/192\.0\.2\.1:11434 is not this machine/],
  ])('%s', async (_, args, error) => {
    const { run, server } = await ask({ script: [], server: { models: [{ name: 'scripted' }, stub] }, args })
    const lines = run.stderr.trimEnd().split('\n')
    expect(lines.at(-2)).toMatch(error)
    expect(lines.at(-1)).toMatch(/^hint: .*--allow-remote$/)
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(
      server.log.filter(({ method, body }) => method === 'POST' && JSON.stringify(body).includes('timeout')),
    ).toEqual([])
  })
})

describe('what was answered is not lost when the server goes', () => {
  const files = {
    'a.js': 'export const a = (n) => n + 1\n',
    'b.js': 'export const b = (n) => n + 2\n',
    'c.js': 'export const c = (n) => n + 3\n',
  }
  const bug = (name: string) => ({
    analysis: 'It adds too much.',
    findings: [
      {
        quote: `export const ${name} = (n) => n +`,
        defect: 'wrong-result',
        title: `${name} adds too much`,
        message: 'It adds more than it should.',
        trigger: 'Any number.',
        severity: 'medium',
        suggestion: '',
      },
    ],
  })

  /** Answers for the first two files, then stops listening. */
  async function dying() {
    const server = await ollama((request: ChatBody) => {
      const told = request.messages.map(({ content }) => content).join('\n')
      if (told.includes('n + 3')) {
        void server.close()
        return reply.reset()
      }
      const name = told.includes('n + 1') ? 'a' : 'b'
      return request.format === undefined ? reply.text(`It adds in ${name}.`) : reply.json(bug(name))
    })
    return server
  }

  test.each(['code-review', 'explain'])('%s', async (skill) => {
    const { root } = temporaryFolder(files)
    const server = await dying()
    const args = ['-s', skill, '-f', 'a.js,b.js,c.js', '--no-verify-findings', '--format', 'json']
    const run = await localBrain(args, { cwd: root, host: server.url })
    const report = reportOf(run)
    expect(report.reviewed.map(({ path }) => path)).toEqual(['a.js', 'b.js'])
    expect(report.notReviewed).toMatchObject([
      { path: 'c.js', gap: true, reason: expect.stringContaining('Ollama') as string },
    ])
    const told = skill === 'explain' ? report.answer : JSON.stringify(report.findings)
    expect(told).toMatch(/\ba\b.*\bb\b/s)
    expect(run.code).toBe(3)
    expect(run.stderr).toMatch(
      /^error: Cannot reach Ollama at .*\nhint: start it with "ollama serve", or set OLLAMA_HOST; without Ollama: local-brain setup\n$/m,
    )
  })
})
