import { describe, expect, test } from 'vitest'
import { displayWidth } from '../../../src/text/width.ts'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { createFolder } from '../../workspace.ts'
import { ollama } from './ollama.ts'
import { framesOf, hasTerminal, onTerminal, textOf } from './terminal.ts'

const sentence =
  'The timeout is set where the request is made, and **not** in the `configuration`, which only has a default. '
const table = '| File | What it does |\n|---|---|\n| `src/a.ts` | sets the timeout of every request that is sent |\n'
const answer = `## Where it is\n\n${sentence.repeat(3)}\n\n- ${sentence}\n  - ${sentence}\n\n> ${sentence}\n\n${table}\nMore in [the page](http://example.com).\n`

// oxlint-disable-next-line no-control-regex
const bare = (shown: string) => textOf(shown).replaceAll(/\u001b\[[\d;]*m/g, '')

describe.skipIf(!hasTerminal).each([40, 80, 120])('an answer on a terminal of %i columns', (columns) => {
  test.each<[string, string[], Record<string, string>]>([
    ['in colour', [], {}],
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['TERM=dumb', [], { TERM: 'dumb' }],
    ['--color never', ['--color', 'never'], {}],
    ['with what -v adds', ['-v'], { NO_COLOR: '1' }],
  ])('is wrapped as it comes, in words, with its tables: %s', async (name, flags, env) => {
    const server = await ollama([reply.text(...(answer.match(/[^]{1,7}/g) ?? []))])
    const folder = createFolder({ 'src/a.ts': 'export const a = 1\n' })
    const shown = await onTerminal([...flags, 'where is it?'], folder, server.url, { columns, env }).ended
    const text = bare(shown)
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    const words = text.replace(/\s+/g, ' ')
    expect(words).toContain(sentence.replaceAll(/[*`]/g, '').trim())
    expect(text).toMatch(/^File +What it does\n─+\nsrc\/a\.ts {2}sets the timeout/m)
    expect(words).toContain('the page (http://example.com)')
    expect(shown.includes('\u001b[1m')).toBe(name === 'in colour')
    // Nothing is drawn where nothing can be taken back.
    if (name === 'TERM=dumb') expect(shown).not.toContain('\u001b')
  })
})

test.skipIf(!hasTerminal)(
  'while a table is written the status line is there, and nothing of the table twice',
  async () => {
    const middle = hold()
    const server = await ollama([reply.text('It is here:\n\n', table, middle, '| b | c |\n\nThat is all.\n')])
    const terminal = onTerminal(['where is it?'], createFolder({ 'src/a.ts': 'export const a = 1\n' }), server.url)
    await middle.reached
    await terminal.shows(/here:[^]*⠋?[^\r]*writing/)
    middle.release()
    const shown = await terminal.ended
    expect(framesOf(shown).length).toBeGreaterThan(0)
    expect(bare(shown)).toMatch(/^It is here:\n\nFile +What it does\n─+\nsrc\/a\.ts .*\nb +c\n\nThat is all\.\n/)
  },
)

test.skipIf(!hasTerminal).each([40, 80])('no line of the demonstration is wider than %i columns', async (columns) => {
  const shown = await onTerminal(['demo'], temporaryFolder().root, 'http://127.0.0.1:9', { columns }).ended
  const wide = bare(shown)
    .split('\n')
    .filter((line) => displayWidth(line) > columns)
  // What could be typed is not broken.
  expect(wide.filter((line) => !/^\$ |local-brain/.test(line))).toEqual([])
})
