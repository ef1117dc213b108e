import { spawn, spawnSync } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { hold, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { createFolder, gitEnvironment } from '../../workspace.ts'
import { command } from './local-brain.ts'
import { ollama } from './ollama.ts'

/** Runs the program on a terminal and hands back what it shows, as it is shown. Both streams are the terminal. */
function onTerminal(args: string[], cwd: string, host: string) {
  const line = [...command, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { ...gitEnvironment, HOME: temporaryFolder().root, OLLAMA_HOST: host, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill())
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  return {
    /** Resolves once the words stand on the screen. */
    shows: (words: RegExp) =>
      new Promise<void>((done) => {
        const look = () => words.test(shown) && done()
        child.stdout.on('data', look)
        look()
      }),
    ended: new Promise<string>((done) => child.on('close', () => done(shown))),
  }
}

const hasScript = spawnSync('script', ['--version']).status === 0

test.skipIf(!hasScript)('while a model writes its findings the terminal says so, and not what', async () => {
  const middle = hold()
  const server = await ollama(() => reply.text('{"analysis":"xyzzy', middle, '","findings":[]}'))
  const terminal = onTerminal(['-f', 'a.ts'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
  await middle.reached
  await terminal.shows(/writing/)
  middle.release()
  expect(await terminal.ended).not.toContain('xyzzy')
})

test.skipIf(!hasScript)('the second of several parts says how long the rest may take', async () => {
  const [first, second] = [hold(), hold()]
  const server = await ollama([first, second].map((point) => reply.text('{"analysis":"', point, '","findings":[]}')))
  const folder = createFolder({ 'a.ts': 'export const a = 1\n', 'b.ts': 'export const b = 1\n' })
  const terminal = onTerminal(['-f', 'a.ts,b.ts'], folder, server.url)
  await terminal.shows(/1 of 2 a\.ts: /)
  first.release()
  await terminal.shows(/2 of 2 b\.ts, about \d+ s left: /)
  second.release()
  expect(await terminal.ended).toContain('Reviewed')
})

test.skipIf(!hasScript)(
  'what turns out to be thinking is followed by the answer, and by a word that says so',
  async () => {
    const server = await ollama(() => reply.text('I look', ' at x.', '</think>', '\n\nIt sets', ' x to 1.'))
    const terminal = onTerminal(['what is it?'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
    const shown = (await terminal.ended).replaceAll('\r', '')
    expect(shown).toMatch(/I look at x\.\n\n\[the text above is not the answer; it follows\]\n\nIt sets x to 1\.\n/)
    expect(shown).not.toContain('think>')
  },
)

test.skipIf(!hasScript)(
  'half an answer that broke off is followed by the whole one, and by a word that says so',
  async () => {
    const server = await ollama([reply.broken('It se'), reply.text('It sets x to 1.')])
    const terminal = onTerminal(['what is it?'], createFolder({ 'a.ts': 'export const a = 1\n' }), server.url)
    expect((await terminal.ended).replaceAll('\r', '')).toMatch(
      /It se\n\n\[the text above is not the answer; it follows\]\n\nIt sets x to 1\.\n/,
    )
  },
)
