import { spawn, spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { shellWord } from '../../../src/text/shell-word.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { gitEnvironment } from '../../workspace.ts'
import { command } from './local-brain.ts'

/** `script` gives a program a terminal of its own. */
export const hasTerminal = spawnSync('script', ['--version']).status === 0

type Screen = { columns?: number; env?: Record<string, string>; through?: readonly string[] }

/** Runs the program, or another one, on a terminal and hands back what it shows, as it is shown. Both streams are the terminal. */
export function onTerminal(args: readonly string[], cwd: string, host: string, screen: Screen = {}) {
  const { columns = 80, env = {}, through = command } = screen
  const line = `stty cols ${columns}; ${[...through, ...args].map(shellWord).join(' ')}`
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { ...gitEnvironment, HOME: temporaryFolder().root, OLLAMA_HOST: host, TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill())
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  return {
    /** Resolves once the words are on the screen. */
    shows: (words: RegExp) =>
      new Promise<void>((done) => {
        const look = () => words.test(shown) && done()
        child.stdout.on('data', look)
        look()
      }),
    ended: new Promise<string>((done) => child.on('close', () => done(shown))),
  }
}

/** The frames of a status line: what follows each clearing of the line, where something does. */
export function framesOf(shown: string): string[] {
  const pieces = shown.split('\r\u001b[2K').slice(1)
  return pieces.map((piece) => piece.split(/[\r\n\u001b]/, 1)[0] ?? '').filter((frame) => /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/.test(frame))
}

/** What is left on the screen: without the frames, which are cleared, at their line or below the one of the cursor. */
export function textOf(shown: string): string {
  return shown
    .replaceAll(/\r\u001b\[2K(?:[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏][^\r\n\u001b]*)?/g, '')
    .replaceAll(/\u001b(?:[78D]|\[[ABJ])/g, '')
    .replaceAll('\r', '')
}
