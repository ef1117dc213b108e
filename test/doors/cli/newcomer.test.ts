import { describe, expect, test } from 'vitest'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { type ScriptedModel, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { displayWidth } from '../../../src/text/width.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { ollama } from './ollama.ts'
import { hasTerminal, onTerminal, textOf } from './terminal.ts'

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
      doctor: /FAIL ollama +Cannot reach Ollama/,
      'what is here?': /error: Cannot reach Ollama[^]*hint: .*local-brain/,
    },
  ],
  [
    'with an Ollama that has no model',
    [],
    { doctor: /FAIL model +No model is installed/, models: /No model is installed; to get one: local-brain setup/ },
  ],
  [
    'with an Ollama that has one',
    [qwen],
    { doctor: /ok {3}model +qwen3:8b/, models: /qwen3:8b: the only/, 'what is here?': /Nothing is here yet\./ },
  ],
]

describe.skipIf(!hasTerminal).each(situations)('the first ten minutes %s', (_, models, expected) => {
  test('have no screen that leaves a person alone', async () => {
    const server = models && (await ollama(answers, { models }))
    const HOME = temporaryFolder().root
    const cwd = temporaryFolder().root
    for (const args of words) {
      const shown = await onTerminal(args, cwd, server?.url ?? 'http://127.0.0.1:9', { env: { HOME } }).ended
      // oxlint-disable-next-line no-control-regex
      const text = textOf(shown).replaceAll(/\u001b\[[\d;]*m/g, '')
      const name = args.join(' ')
      expect({ name, text }).toMatchObject({
        text: expect.not.stringMatching(/undefined|NaN|\[object|^ +at /m) as string,
      })
      expect(text.trim()).not.toBe('')
      // Whoever reads an error can type what helps.
      if (text.includes('error: ')) expect(text).toMatch(/^hint: \S/m)
      if (args.length === 0) for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80)
      if (expected[name] !== undefined) expect(text).toMatch(expected[name])
    }
  })
})
