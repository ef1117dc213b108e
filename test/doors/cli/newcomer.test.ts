import { describe, expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { type ScriptedModel, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { serve } from '../../scripted-ollama/serve.ts'
import { displayWidth } from '../../../src/text/width.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { plain, screen } from '../chat/screen.ts'
import { ollama } from './ollama.ts'
import { framesOf, hasTerminal, onTerminal, textOf } from './terminal.ts'

/** What somebody types in the first ten minutes, in a folder with nothing in it. */
const words: readonly string[][] = [
  [],
  ['--version'],
  ['doctor'],
  ['models'],
  ['setup', '--dry-run'],
  ['what is here?'],
  ['-f', 'nothing.ts'],
  ['--git-diff'],
  ['hook', 'install', 'pre-commit'],
  ['hook', 'status'],
  ['config'],
  ['skills'],
  ['runs'],
  ['last'],
  ['completion'],
  ['demo'],
]

const qwen: ScriptedModel = { name: 'qwen3:8b', capabilities: ['completion', 'tools'], loaded: 8192 }

const answers = (request: ChatBody) =>
  request.format === undefined ? reply.text('Nothing is here yet.') : reply.json({ analysis: 'x', findings: [] })

const situations: [string, ScriptedModel[] | undefined, Record<string, RegExp>][] = [
  [
    'without Ollama',
    undefined,
    {
      doctor: /FAIL ollama Cannot reach Ollama/,
      'setup --dry-run': /install Ollama.*local-brain setup .* GB.*without a server/,
      'what is here?': /error: Cannot reach Ollama.*hint: .*local-brain/,
    },
  ],
  [
    'with an Ollama that has no model',
    [],
    {
      doctor: /FAIL model No model is installed/,
      models: /No model is installed; to get one: local-brain setup/,
      'setup --dry-run': /no models.*Pull \S+: [\d.]+ GB/,
    },
  ],
  [
    'with an Ollama that has one',
    [qwen],
    {
      doctor: /ok model qwen3:8b/,
      models: /qwen3:8b: the only/,
      'setup --dry-run': /Use qwen3:8b/,
      'what is here?': /Nothing is here yet\./,
    },
  ],
]

/** What a newcomer copies as a whole, so that nothing breaks it but the terminal. */
const copied = /^\$ |^(?: +(?:curl|git|local-brain)|hint: (?:local-brain|ollama|git)) /

describe.skipIf(!hasTerminal).each(situations)('the first ten minutes %s', (_, models, expected) => {
  test.each([40, 80, 120])('have no screen that leaves a person alone, on %d columns', async (columns) => {
    const server = models && (await ollama(answers, { models }))
    const HOME = temporaryFolder().root
    const cwd = temporaryFolder().root
    for (const args of words) {
      const shown = await onTerminal(args, cwd, server?.url ?? 'http://127.0.0.1:9', { columns, env: { HOME } }).ended
      // oxlint-disable-next-line no-control-regex
      const text = textOf(shown).replaceAll(/\u001b\[[\d;]*m/g, '')
      const name = args.join(' ')
      expect({ name, text }).toMatchObject({
        text: expect.not.stringMatching(/undefined|NaN|\[object|^ +at /m) as string,
      })
      expect(text.trim()).not.toBe('')
      // Whoever reads an error can type what helps.
      if (text.includes('error: ')) expect(text).toMatch(/^hint: \S/m)
      const broken = text.split('\n').filter((line) => displayWidth(line) > columns && !copied.test(line))
      expect(broken.filter((line) => !line.includes(HOME) && !line.includes(cwd))).toEqual([])
      if (expected[name] !== undefined) expect(text.replaceAll(/\s+/g, ' ')).toMatch(expected[name])
    }
  })
})

describe.skipIf(!hasTerminal).each([40, 80, 120])('a first model, on %d columns', (columns) => {
  test('is pulled with a bar, Ctrl-C keeps what came, the second time goes on, and then it answers', async () => {
    const pullable = [{ name: 'qwen3:1.7b', size: 1.4e9 }]
    const server = await serve({ models: [], pullable, pull: { chunks: 60, pauseMs: 15 }, script: answers })
    const home = temporaryFolder().root
    const cwd = temporaryFolder().root
    const newcomer = (...args: string[]) => screen(args, cwd, server.url, { columns, home, env: { NO_COLOR: '1' } })
    const first = newcomer('setup', '--model', 'qwen3:1.7b')
    await first.shows(/Pull it\? \[y\/N\] /)
    first.type('y\n')
    await first.draws(/ 3\d %/)
    first.type('\u0003')
    expect(await first.ended).toBe(130)
    expect(plain(first.raw()).replaceAll(/\s+/g, ' ')).toContain('kept hint: the same command goes on from there')
    const second = newcomer('setup', '--model', 'qwen3:1.7b')
    await second.shows(/Pull it\? \[y\/N\] /)
    second.type('y\n')
    await second.shows(/measured:[^]*Write model: [^]*\[y\/N\] /)
    second.type('y\n')
    expect(await second.ended).toBe(0)
    const lines = [first, second].flatMap((one) => plain(one.raw()).split('\n'))
    expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([])
    const bars = framesOf(second.raw()).filter((frame) => frame.includes('░'))
    expect(Math.min(...bars.map((bar) => Number(/ (\d+) %/.exec(bar)?.[1])))).toBeGreaterThan(29)
    for (const bar of bars) expect(displayWidth(bar)).toBeLessThanOrEqual(columns)
    expect(framesOf(second.raw()).join('\n')).toMatch(/\d %.* left/)
    const asked = newcomer('what is here?')
    expect(await asked.ended).toBe(0)
    expect(plain(asked.raw())).toContain('Nothing is here yet.')
  })
})
