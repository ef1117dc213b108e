import { clipWidth, displayWidth } from '../../text/width.ts'
import type { Waiting } from './waiting.ts'

export type StatusLine = {
  /** Takes the line away until the next frame. */
  hide: () => void
  /** Takes the line away until `resume`: something else is written to the terminal bit by bit. */
  pause: () => void
  resume: () => void
  stop: () => void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const interval = 100
/** Back to the beginning of the line, and all of it gone. */
export const clearLine = '\r\u001b[2K'

/** For a stream that is no terminal. */
const noLine: StatusLine = {
  hide: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  stop: () => undefined,
}

/** One line at the bottom of a terminal that says what the wait is for; gone before anything else is written. */
export function createStatusLine(stream: NodeJS.WriteStream, waiting: Waiting, off: boolean): StatusLine {
  if (off) return noLine
  const state = { frame: 0, shown: false, paused: false }
  const draw = () => {
    if (state.paused) return
    state.frame += 1
    const seconds = `${(waiting.elapsed() / 1000).toFixed(1)} s`
    // A line that reached the last column would wrap, and its beginning could not be taken away.
    const columns = (stream.columns || 80) - 1
    const text = waiting.text(columns - displayWidth(seconds) - 3)
    const line = `${frames[state.frame % frames.length] ?? ''} ${text} ${seconds}`
    stream.write(`${clearLine}${clipWidth(line, columns)}`)
    state.shown = true
  }
  const timer = setInterval(draw, interval)
  timer.unref()
  const hide = () => {
    if (state.shown) stream.write(clearLine)
    state.shown = false
  }
  return {
    hide,
    pause: () => {
      state.paused = true
      hide()
    },
    resume: () => {
      state.paused = false
    },
    stop: () => {
      clearInterval(timer)
      hide()
    },
  }
}
