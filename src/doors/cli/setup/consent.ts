import { createInterface } from 'node:readline/promises'
import { wrapBehind } from '../../../text/wrap.ts'
import { writeErr } from '../output.ts'

/** Somebody can be asked. */
export const canAsk = () => process.stdin.isTTY === true && process.stderr.isTTY === true

/** Asks on the terminal; anything but a clear yes is a no. Rejects when aborted. */
export async function consents(question: string, signal: AbortSignal): Promise<boolean> {
  // Not as a terminal: Ctrl-C goes to the program, as everywhere else.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  // With room for the answer.
  const asked = wrapBehind('', `${question} [y/N]`, (process.stderr.columns || 80) - 4)
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    const answer = await Promise.race([lines.question(`${asked} `, { signal }), ended])
    return /^y(?:es)?$/i.test(answer.trim())
  } catch (error) {
    await writeErr('\n')
    signal.throwIfAborted()
    throw error
  } finally {
    lines.close()
  }
}
