import type { AgentEvent } from '../../core/events.ts'
import { createRedactor } from '../../text/redact.ts'
import { createCodeColours } from './code-colours.ts'
import { type MarkdownScreen, createMarkdownStream } from './markdown.ts'
import { show } from './output.ts'

export type LiveAnswer = {
  /** Shows what an event has to do with the answer. True when it was a piece of it, and nothing else is to be said. */
  take: (event: AgentEvent) => boolean
  /** Begins a new line if the last piece of the answer did not. */
  endLine: () => void
  /** The answer was written to the terminal while it came. */
  streamed: () => boolean
  end: () => void
}

/** Text on a terminal can't be taken back. */
const notTheAnswer = '\n\n[the text above is not the answer; it follows]\n\n'

/** Text behind one of these belongs to another reply; what was held back of this one is shown before it. */
const endsReply: ReadonlySet<AgentEvent['type']> = new Set([
  'turn_end',
  'tool_start',
  'turn_start',
  'retry',
  'withdrawn',
])

/** Where the answer is written: `waiting` is called when there is nothing of it to see for a while. */
type Place = MarkdownScreen & { beforeWriting: () => void; waiting: () => void }

/** Writes the answer to the terminal while it comes, if it is one: several parts are put together first. */
export function createLiveAnswer({ beforeWriting, waiting, ...screen }: Place): LiveAnswer {
  const code = screen.color ? createCodeColours() : undefined
  const answer = createMarkdownStream({ ...screen, code })
  const redactor = createRedactor()
  let single = false
  let streamed = false
  /** Text of the current reply is on the terminal. */
  let said = false
  let isMidLine = false
  const write = (text: string) => {
    if (text === '') return
    isMidLine = !text.endsWith('\n')
    const shown = answer.push(text)
    if (shown !== '') {
      beforeWriting()
      show(process.stdout, shown)
    }
    if (answer.isHolding()) waiting()
  }
  const take = (event: AgentEvent) => {
    // Text that isn't Markdown is not laid out as Markdown, and it is short.
    if (event.type === 'run_start') single = event.units === 1 && event.output !== 'text'
    if (event.type === 'text' && single) {
      if (!streamed) code?.prepare()
      streamed = true
      said = true
      // guard: live-secrets
      write(redactor.push(event.text))
      return true
    }
    if (!endsReply.has(event.type)) return false
    write(redactor.end())
    if ((event.type === 'retry' || event.type === 'withdrawn') && said) write(notTheAnswer)
    if (event.type !== 'tool_start' && event.type !== 'turn_end') said = false
    return false
  }
  return {
    take,
    endLine: () => {
      if (!isMidLine && !answer.isHolding()) return
      beforeWriting()
      show(process.stdout, answer.settle())
      isMidLine = false
    },
    streamed: () => streamed,
    end: () => {
      if (streamed) show(process.stdout, answer.push(redactor.end()) + answer.end())
    },
  }
}
