import type { AgentEvent } from '../../core/events.ts'
import type { Message } from '../../core/model.ts'
import type { SessionFile } from '../../store/sessions.ts'
import { redactAll } from '../../text/redact.ts'
import type { RecordedChange } from './recorded-change.ts'
import { type Line, lineOf } from './transcript.ts'

/** Writes a conversation down while it goes on. */
export type Recorder = {
  /** Hears what happens. Each message is written as soon as it is said. */
  note: (event: AgentEvent) => void
  /** Writes what was said since. */
  flush(): void
  add(line: Line): void
  changes(step: readonly RecordedChange[]): void
  /** The messages were replaced: those that are there now are written already, or are not to be. */
  skip(): void
}

/** Events after which there may be a new message. */
const afterMessage: ReadonlySet<AgentEvent['type']> = new Set(['turn_start', 'turn_end', 'tool_end', 'run_end'])

export function createRecorder(messages: () => readonly Message[], file: () => SessionFile | undefined): Recorder {
  /** The last message that was written. */
  let last: Message | undefined = messages().at(-1)
  const tools = new Map<string, string>()
  // guard: session-secrets
  const add = (line: Line) => file()?.append(redactAll(line))
  const flush = () => {
    const all = messages()
    const at = last === undefined ? -1 : all.lastIndexOf(last)
    for (const message of all.slice(at + 1)) {
      const line = lineOf(message)
      if (line !== undefined) add(line)
    }
    last = all.at(-1)
  }
  return {
    flush,
    add,
    note: (event) => {
      if (event.type === 'tool_start') tools.set(event.id, event.name)
      if (afterMessage.has(event.type)) flush()
      if (event.type === 'approval_answer') {
        const { id, answer, by } = event
        add({ type: 'approval', tool: tools.get(id) ?? '', answer, by })
      }
      if (event.type !== 'compact') return
      flush()
      add(event)
    },
    changes: (step) => step.forEach((change) => add({ type: 'change', ...change })),
    skip: () => void (last = messages().at(-1)),
  }
}
