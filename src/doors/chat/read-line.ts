import { createInterface, type Interface } from 'node:readline'
import { PassThrough, type Writable } from 'node:stream'
import type { History } from './history.ts'
import type { Keys } from './keys.ts'

/** Hits, and the part of the line that they complete. */
export type Complete = (line: string) => Promise<[hits: string[], part: string]>

/** One line as it was typed. `isInterrupt`: Ctrl-C ended it. */
export type Typed = { text: string; isInterrupt: boolean }

export type Reading = {
  keys: Keys
  output: Writable
  history: History
  complete: Complete
  /** The placeholder of a paste in the line, and the paste. */
  pastes: Map<string, string>
  /** The line is an answer, which is not remembered. */
  isQuestion: boolean
  signal?: AbortSignal
}

/** Reads one line, with everything that readline can do. `end`: Ctrl-D, or the terminal went away. */
export function readLine(prompt: string, reading: Reading): Promise<Typed | 'end'> {
  const { keys, output, history, pastes, isQuestion, signal } = reading
  // Each line has an interface of its own, so that nothing of one reaches the next.
  const input = new PassThrough()
  const line = openLine(input, prompt, reading)
  return new Promise((resolve) => {
    const settle = (result: Typed | 'end', newLine = false) => {
      keys.listen(undefined)
      signal?.removeEventListener('abort', interrupted)
      // Only ours: by its own the interface lets go of the terminal.
      line.off('close', ended).close()
      if (newLine) output.write('\n')
      resolve(result)
    }
    const ended = () => settle('end', true)
    const interrupted = () => settle({ text: line.line, isInterrupt: true }, true)
    line.on('line', (text) => {
      if (!isQuestion) history.add(text)
      settle({ text, isInterrupt: false })
    })
    line.on('close', ended)
    line.on('SIGINT', interrupted)
    line.on('SIGTSTP', () => suspend(keys, () => line.prompt(true)))
    signal?.addEventListener('abort', interrupted)
    // guard: paste-is-no-answer
    const paste = (text: string) => line.write(isQuestion ? '' : inLine(text, pastes))
    line.prompt()
    keys.listen({ input, ended: () => settle('end'), paste, takesAhead: !isQuestion })
  })
}

function openLine(input: PassThrough, prompt: string, { output, history, complete, isQuestion }: Reading): Interface {
  return createInterface({
    input,
    output,
    terminal: true,
    prompt,
    history: isQuestion ? [] : history.lines(),
    historySize: isQuestion ? 0 : history.size,
    removeHistoryDuplicates: true,
    escapeCodeTimeout: 50,
    completer: (text: string, done: Completed) =>
      isQuestion ? done(null, [[], text]) : void completeLine(text, complete, done),
  })
}

type Completed = (error: Error | null, found: [hits: string[], part: string]) => void

async function completeLine(text: string, complete: Complete, done: Completed): Promise<void> {
  const nothing: [string[], string] = [[], text]
  done(null, await complete(text).catch(() => nothing))
}

/** Ctrl-Z: the shell gets the terminal as it was. */
function suspend(keys: Keys, goOn: () => void): void {
  const own = keys.release()
  process.once('SIGCONT', () => {
    own()
    goOn()
  })
  process.kill(process.pid, 'SIGTSTP')
}

/** How a paste shows in the line: one line as it is, several as a placeholder. */
function inLine(text: string, pastes: Map<string, string>): string {
  const whole = text.replace(/\n$/, '')
  // oxlint-disable-next-line no-control-regex
  if (!whole.includes('\n') && whole.length < 2000)
    return whole.replaceAll(/\t/g, '  ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '')
  const mark = `[paste ${pastes.size + 1}: ${whole.split('\n').length} lines]`
  pastes.set(mark, whole)
  return mark
}
