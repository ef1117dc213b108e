import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { shellWord } from '../../../src/text/shell-word.ts'
import { createFolder, gitEnvironment } from '../../workspace.ts'
import { command } from '../cli/local-brain.ts'
import { textOf } from '../cli/terminal.ts'

export type Screen = {
  /** Types keys as they are: `\r` is Enter, `\u0003` Ctrl-C. */
  type: (keys: string) => void
  /** Resolves once the words have come up since the last call. */
  shows: (words: RegExp) => Promise<void>
  /** Resolves once the words were drawn, also in a line that was cleared since. */
  draws: (words: RegExp) => Promise<void>
  /** Closes the terminal, as a window that is closed. */
  hangUp: () => void
  /** Everything that was written, escape sequences and all. */
  raw: () => string
  ended: Promise<number | null>
}

type Options = { columns?: number; home?: string; env?: Record<string, string> }

/** The program on a terminal of its own, and somebody who types. */
export function screen(args: readonly string[], cwd: string, host: string, options: Options = {}): Screen {
  const { columns = 80, home = createFolder(), env = {} } = options
  const line = `stty cols ${columns} rows 24; ${[...command, ...args].map(shellWord).join(' ')}`
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { ...gitEnvironment, HOME: home, OLLAMA_HOST: host, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => undefined)
  let shown = ''
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const until = async (look: () => boolean) => {
    if (look()) return
    await new Promise<void>((done) => {
      const again = () => {
        if (!look()) return
        child.stdout.off('data', again)
        done()
      }
      child.stdout.on('data', again)
    })
  }
  return {
    type: (keys) => void child.stdin.write(keys),
    shows: async (words) =>
      until(() => {
        const found = words.exec(plain(shown).slice(seen))
        if (found !== null) seen += found.index + found[0].length
        return found !== null
      }),
    draws: async (words) => until(() => words.test(shown)),
    hangUp: () => void child.kill('SIGKILL'),
    raw: () => shown,
    ended: new Promise((done) => child.on('close', (code) => done(code))),
  }
}

/** Without what steers the terminal. A frame of a status line that was cleared is gone. */
export function plain(shown: string): string {
  return textOf(shown).replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}
