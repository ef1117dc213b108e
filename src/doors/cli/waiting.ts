import { type AgentEvent, countUnits } from '../../core/events.ts'
import { clipLine } from '../../text/clip.ts'
import { escapeLine } from '../../text/escape.ts'
import { clipWidth, displayWidth } from '../../text/width.ts'

/** What a run waits for at the moment, for a line that says so. */
export type Waiting = {
  note: (event: AgentEvent) => void
  /** `columns`: at most this many; the name of a part is shortened first. */
  text: (columns?: number) => string
  /** Since the beginning, in milliseconds. */
  elapsed: () => number
}

type State = {
  step: string
  unit: string
  /** Units that are done; several may be under way. */
  done: number
  /** The next request makes the server load the model. */
  isLoading: boolean
  /** Chunks of the reply that is being written, and since when; 0: none is. */
  chunks: number
  writingSince: number
}

export function createWaiting(): Waiting {
  const started = Date.now()
  const state: State = { step: 'starting', unit: '', done: 0, isLoading: false, chunks: 0, writingSince: 0 }
  return {
    note: (event) => note(event, state, started),
    text: (columns) => fit(state.unit, `${state.step}${rate(state)}`, columns),
    elapsed: () => Date.now() - started,
  }
}

function note(event: AgentEvent, state: State, started: number): void {
  switch (event.type) {
    case 'loading':
      state.isLoading = true
      break
    case 'unit_start':
      state.unit =
        event.of > 1 || event.atLeast
          ? `${event.unit} of ${countUnits(event)} ${escapeLine(event.label)}${remaining(event, state.done, started)}: `
          : ''
      ask(state)
      break
    case 'round_start':
      state.unit = event.of > 1 ? `round ${event.round} of ${event.of}: ` : ''
      ask(state)
      break
    case 'unit_end':
      state.done += 1
      break
    case 'turn_start':
    case 'waiting':
      ask(state)
      break
    case 'thinking':
    case 'text':
    case 'data':
      if (state.writingSince === 0) Object.assign(state, { writingSince: Date.now(), chunks: 0 })
      state.isLoading = false
      state.chunks += 1
      state.step = event.type === 'thinking' ? 'thinking' : 'writing'
      break
    case 'tool_start':
      state.isLoading = false
      state.step = escapeLine(event.name)
      state.writingSince = 0
      break
    case 'command_start':
      Object.assign(state, { step: `running ${clipLine(escapeLine(event.command), 60)}`, writingSince: 0 })
      break
    case 'check_start':
      Object.assign(state, { step: `checking ${clipLine(escapeLine(event.name), 60)}`, writingSince: 0 })
      break
    default:
  }
}

/** Less of a name says nothing. */
const minUnit = 12

function fit(unit: string, step: string, columns = Number.POSITIVE_INFINITY): string {
  const room = columns - displayWidth(step)
  if (displayWidth(unit) <= room) return unit + step
  return room < minUnit ? clipWidth(step, columns) : `${clipWidth(unit, room - 2)}: ${step}`
}

/** A request is on its way, and nothing has come back yet. */
function ask(state: State): void {
  state.step = state.isLoading ? 'loading the model or reading the prompt' : 'reading the prompt'
  state.writingSince = 0
}

/** A chunk of the stream is about one token. */
function rate({ chunks, writingSince }: State): string {
  const elapsed = (Date.now() - writingSince) / 1000
  return writingSince === 0 || elapsed < 1 ? '' : ` ${(chunks / elapsed).toFixed(1)} tokens/s`
}

/** From the pace so far, once the end is known. */
function remaining({ of, atLeast }: { of: number; atLeast?: true }, done: number, started: number): string {
  if (done === 0 || atLeast) return ''
  const left = ((Date.now() - started) / done) * (of - done)
  return `, about ${Math.ceil(left / 1000)} s left`
}
