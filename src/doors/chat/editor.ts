import type { Writable } from 'node:stream'
import type { Lines } from '../cli/approve.ts'
import type { History } from './history.ts'
import type { Keys } from './keys.ts'
import { type Complete, readLine } from './read-line.ts'

/** A message that a person typed. */
export type Message = {
  text: string
  /** The whole of it is one typed line, so that it may be a command. */
  isLine: boolean
}

/** `quit`: the person wants to leave the hard way. */
type Read = Message | 'end' | 'quit'

export type LineEditor = {
  /** One message, of several lines where the person wants that. */
  read(): Promise<Read>
  /** For questions: their answers are no messages. */
  lines: Lines
  close(): void
}

type LineEditorOptions = {
  keys: Keys
  output: Writable
  history: History
  complete: Complete
  say: (text: string) => void
  /** Ctrl-C at a question. */
  interrupt: () => void
}

const prompts = { first: '> ', more: '… ' }
const quitMs = 2000

export function createLineEditor(options: LineEditorOptions): LineEditor {
  const { keys, say } = options
  /** The placeholder of a paste in the line, and the paste. */
  const pastes = new Map<string, string>()
  const state = { interruptedAt: 0 }
  return {
    async read() {
      let draft = noDraft
      for (;;) {
        const prompt = draft.lines.length === 0 && !draft.isOpen ? prompts.first : prompts.more
        const line = await readLine(prompt, { ...options, pastes, isQuestion: false })
        if (line === 'end') return 'end'
        if (line.isInterrupt) {
          const isEmpty = line.text === '' && draft === noDraft
          draft = noDraft
          if (!isEmpty) continue
          if (Date.now() - state.interruptedAt < quitMs) return 'quit'
          state.interruptedAt = Date.now()
          say('Ctrl-C once more, Ctrl-D or /quit ends the chat')
          continue
        }
        draft = added(draft, line.text)
        if (draft.isOpen) continue
        const text = expand(draft.lines.join('\n'), pastes)
        if (text.trim() === '') draft = noDraft
        else return { text, isLine: draft.isPlain && draft.lines.length === 1 && !text.includes('\n') }
      }
    },
    lines: {
      next: async (signal, _, question) => answerTo(question, signal, { ...options, pastes }),
      close: () => undefined,
    },
    close: () => keys.close(),
  }
}

async function answerTo(
  question: string,
  signal: AbortSignal,
  options: LineEditorOptions & { pastes: Map<string, string> },
): Promise<string | undefined> {
  signal.throwIfAborted()
  const line = await readLine(question, { ...options, isQuestion: true, signal })
  if (line !== 'end' && line.isInterrupt) options.interrupt()
  signal.throwIfAborted()
  return line === 'end' || line.isInterrupt ? undefined : line.text
}

/** Lines of a message so far. `isOpen`: it goes on. `isQuoted`: until the quotes end. `isPlain`: it never was. */
type Draft = { lines: readonly string[]; isOpen: boolean; isQuoted: boolean; isPlain: boolean }

const noDraft: Draft = { lines: [], isOpen: false, isQuoted: false, isPlain: true }
const quote = '"""'

/** The draft with one more line: `\` at its end, and `"""` before and after several. */
function added({ lines, isQuoted }: Draft, line: string): Draft {
  if (isQuoted || line.startsWith(quote)) {
    const rest = isQuoted ? line : line.slice(quote.length)
    const isEnd = rest.trimEnd().endsWith(quote)
    const text = isEnd ? rest.trimEnd().slice(0, -quote.length) : rest
    const isBlankEdge = text === '' && (isEnd || !isQuoted)
    return { lines: isBlankEdge ? lines : [...lines, text], isOpen: !isEnd, isQuoted: !isEnd, isPlain: false }
  }
  const goesOn = line.endsWith('\\')
  return { lines: [...lines, goesOn ? line.slice(0, -1) : line], isOpen: goesOn, isQuoted: false, isPlain: true }
}

function expand(text: string, pastes: ReadonlyMap<string, string>): string {
  let expanded = text
  for (const [mark, pasted] of pastes) expanded = expanded.replaceAll(mark, () => pasted)
  return expanded
}
