import type { AgentEvent } from '../../core/events.ts'
import { escapeLine } from '../../text/escape.ts'

export type StatusLine = { update: (event: AgentEvent) => void; hide: () => void; stop: () => void }

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const interval = 100

/** One line at the bottom of a terminal that says what the wait is for; gone before anything else is written. */
export function createStatusLine(stream: NodeJS.WriteStream, off: boolean): StatusLine {
  if (off) return { update: () => undefined, hide: () => undefined, stop: () => undefined }
  const started = Date.now()
  const state = { frame: 0, shown: false, step: 'starting', unit: '', tokens: 0, writingSince: 0, perUnit: 0 }
  const draw = () => {
    state.frame += 1
    const text = `${frames[state.frame % frames.length] ?? ''} ${state.unit}${state.step}${rate(state)} ${seconds(started)}`
    stream.write(`\r\u001b[2K${text.slice(0, Math.max(20, (stream.columns || 80) - 1))}`)
    state.shown = true
  }
  const timer = setInterval(draw, interval)
  timer.unref()
  const hide = () => {
    if (state.shown) stream.write('\r\u001b[2K')
    state.shown = false
  }
  return {
    update: (event) => note(event, state, started),
    hide,
    stop: () => {
      clearInterval(timer)
      hide()
    },
  }
}

type State = { step: string; unit: string; tokens: number; writingSince: number }

function note(event: AgentEvent, state: State, started: number): void {
  switch (event.type) {
    case 'unit_start':
      state.unit =
        event.of > 1 ? `${event.unit} of ${event.of} ${escapeLine(event.label)}${remaining(event, started)}: ` : ''
      break
    case 'turn_start':
    case 'waiting':
      state.step = 'loading or reading the prompt'
      state.writingSince = 0
      break
    case 'thinking':
    case 'text':
    case 'data':
      if (state.writingSince === 0) Object.assign(state, { writingSince: Date.now(), tokens: 0 })
      state.tokens += 1
      state.step = event.type === 'thinking' ? 'thinking' : 'writing'
      break
    case 'tool_start':
      state.step = escapeLine(event.name)
      state.writingSince = 0
      break
    default:
  }
}

/** A chunk of the stream is about one token. */
function rate({ tokens, writingSince }: State): string {
  const elapsed = (Date.now() - writingSince) / 1000
  return writingSince === 0 || elapsed < 1 ? '' : ` ${(tokens / elapsed).toFixed(1)} tokens/s`
}

/** From the pace so far. */
function remaining({ unit, of }: { unit: number; of: number }, started: number): string {
  if (unit < 2) return ''
  const left = ((Date.now() - started) / (unit - 1)) * (of - unit + 1)
  return `, about ${Math.ceil(left / 1000)} s left`
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}
