import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createWaiting } from '../../../src/doors/cli/waiting.ts'
import { displayWidth } from '../../../src/text/width.ts'
import { createFolder } from '../../workspace.ts'
import { ollama } from './ollama.ts'
import { framesOf, hasTerminal, onTerminal, textOf } from './terminal.ts'

test.skipIf(!hasTerminal)('while a model writes its findings the terminal says so, and not what', async () => {
  const middle = hold()
  const server = await ollama(() => reply.text('{"analysis":"xyzzy', middle, '","findings":[]}'))
  const terminal = onTerminal(['-f', 'a.ts'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
  await middle.reached
  await terminal.shows(/writing/)
  middle.release()
  expect(await terminal.ended).not.toContain('xyzzy')
})

test.skipIf(!hasTerminal)('the second of several parts says how long the rest may take', async () => {
  const [first, second] = [hold(), hold()]
  const server = await ollama([first, second].map((point) => reply.text('{"analysis":"', point, '","findings":[]}')))
  const folder = createFolder({ 'a.ts': 'export const a = 1\n', 'b.ts': 'export const b = 1\n' })
  const terminal = onTerminal(['-f', 'a.ts,b.ts'], folder, server.url)
  await terminal.shows(/1 of 2 a\.ts: /)
  first.release()
  await terminal.shows(/2 of 2 b\.ts, about \d+ s left: /)
  second.release()
  expect(await terminal.ended).toContain('2 parts reviewed')
})

test.skipIf(!hasTerminal)(
  'what turns out to be thinking is followed by the answer, and by a word that says so',
  async () => {
    const server = await ollama(() => reply.text('I look', ' at x.', '</think>', '\n\nIt sets', ' x to 1.'))
    const terminal = onTerminal(['what is it?'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
    const shown = textOf(await terminal.ended)
    expect(shown).toMatch(/I look at x\.\n\n\[the text above is not the answer; it follows\]\n\nIt sets x to 1\.\n/)
    expect(shown).not.toContain('think>')
  },
)

test.skipIf(!hasTerminal)(
  'half an answer that broke off is followed by the whole one, and by a word that says so',
  async () => {
    const server = await ollama([reply.broken('It se'), reply.text('It sets x to 1.')])
    const terminal = onTerminal(['what is it?'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
    expect(textOf(await terminal.ended)).toMatch(
      /It se\n\n\[the text above is not the answer; it follows\]\n\nIt sets x to 1\.\n/,
    )
  },
)

test.skipIf(!hasTerminal)(
  'the line comes back below an answer that stops in the middle, and leaves no trace',
  async () => {
    const stall = hold()
    const server = await ollama(() => reply.text('It sets ', stall, 'x to ', '1.'))
    const terminal = onTerminal(['what is it?'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
    await terminal.shows(/It sets [^]*[⠋-⠿] writing/)
    stall.release()
    const shown = await terminal.ended
    expect(textOf(shown)).toMatch(/^It sets x to 1\.\n/)
    const [, after = ''] = shown.split('It sets ')
    // Room is made once; each frame goes below and comes back; all of it is cleared before the text goes on.
    expect(after).toMatch(
      /^\u001bD\u001b\[A(?:\u001b7\u001b\[B\r\u001b\[2K[⠋-⠿] writing[^\u001b\r\n]*\u001b8)+\u001b\[Jx to/,
    )
  },
)

describe.skipIf(!hasTerminal)('after text, when the model goes on to a tool call', () => {
  test('the line comes back below the text, and is gone when the answer is there', async () => {
    const [before, after] = [hold(), hold()]
    const call = { name: 'read_file', arguments: { path: 'a.ts' } }
    const server = await ollama([
      [...reply.text('I look at ', 'the file first.'), ...reply.calls(call)],
      reply.text(before, 'It sets ', after, 'x to 1.'),
    ])
    const terminal = onTerminal(['what is it?'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
    await terminal.shows(/I look at the file first\.\r?\n[^]*reading the prompt/)
    before.release()
    await terminal.shows(/It sets /)
    after.release()
    const shown = await terminal.ended
    const [, end = ''] = shown.split('It sets ')
    expect(end).not.toMatch(/reading|writing|read_file/)
    expect(framesOf(shown).length).toBeGreaterThan(0)
    // No frame begins in the middle of a line of the answer.
    expect(shown).not.toMatch(/first\.\r\u001b\[2K/)
  })

  test('each tool call is a line of its own, with one empty line at most before it', async () => {
    const call = (path: string) => ({ name: 'read_file', arguments: { path } })
    const server = await ollama([
      [...reply.text('I look.'), ...reply.calls(call('a.ts'), call('b.ts'))],
      reply.text('It is 1.'),
    ])
    const folder = createFolder({ 'a.ts': 'export const a = 1\n', 'b.ts': 'export const b = 1\n' })
    const shown = await onTerminal(['what is it?'], folder, server.url).ended
    const plain = textOf(shown).replaceAll(/\u001b\[\d+m/g, '')
    expect(plain).toMatch(/^I look\.\n→ read_file a\.ts .*\n→ read_file b\.ts .*\nIt is 1\.\n/)
  })
})

test.skipIf(!hasTerminal).each(['models', 'doctor'])('%s says that it waits for a server', async (command) => {
  const silent = createServer((socket) => void socket.on('error', () => undefined))
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const terminal = onTerminal([command], createFolder(), `http://127.0.0.1:${port}`, { columns: 40 })
  await terminal.shows(/[⠋-⠿][^\r]*asking the server[^\r]* \d\.\d s/)
})

test('a check and its command are named, in one line, whatever they are called', () => {
  const waiting = createWaiting()
  waiting.note({ type: 'check_start', name: 'npm\ntest \u001b[2J'.repeat(20), when: 'after' })
  expect(waiting.text(60)).toMatch(/^checking npm/)
  expect(waiting.text(60)).not.toMatch(/[\n\u001b]/)
  expect(displayWidth(waiting.text(60))).toBeLessThanOrEqual(60)
})

describe.skipIf(!hasTerminal)('a frame never takes the whole width', () => {
  const folders = [
    '日本語のとても長いフォルダ名前その一つ目の中',
    '👩‍👩‍👧‍👦👍🏽🚀🎉❤️',
    'a-rather-long-name-of-a-folder-in-plain-letters/and-deeper',
  ]
  const widths = [20, 40, 60, 80]

  test.each(widths.flatMap((columns) => folders.map((folder) => [columns, folder] as const)))(
    'of %i columns, in %s',
    async (columns, name) => {
      const [first, second] = [hold(), hold()]
      const answer = (...points: ReturnType<typeof hold>[]) =>
        reply.text('{"analysis":"', ...points, '","findings":[]}')
      const server = await ollama([answer(first), answer(second), answer()])
      const files = ['a', 'b', 'c'].map((file) => [`${name}/${file}.ts`, `export const ${file} = 1\n`])
      const folder = createFolder(Object.fromEntries(files) as Record<string, string>)
      const terminal = onTerminal(['-d', '.'], folder, server.url, { columns })
      await first.reached
      await terminal.shows(columns < 40 ? /writing/ : /1 of 3[^\r]*writing/)
      first.release()
      await second.reached
      await terminal.shows(columns < 40 ? /writing[^]*writing/ : /2 of 3[^\r]*writing/)
      second.release()
      const frames = framesOf(await terminal.ended)
      expect(frames.length).toBeGreaterThan(1)
      for (const frame of frames) expect(displayWidth(frame)).toBeLessThan(columns)
    },
  )
})

test.skipIf(!hasTerminal)('a dry run takes the line away before it prints', async () => {
  // A frame a millisecond, so that one is there however soon the plan is.
  const fast = 'const every=setInterval;globalThis.setInterval=(run,ms,...more)=>every(run,ms/100,...more)'
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(fast)}` }
  const folder = createFolder({ 'a.ts': 'export const a = 1\n' })
  const shown = await onTerminal(['--dry-run', '-f', 'a.ts'], folder, 'http://127.0.0.1:9', { env }).ended
  expect(shown.slice(0, shown.indexOf('skill: code-review'))).toMatch(/\r\u001b\[2K$|^$/)
})
