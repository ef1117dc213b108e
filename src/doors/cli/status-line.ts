import { clipWidth, displayWidth } from '../../text/width.ts'
import type { Waiting } from './waiting.ts'

export type StatusLine = {
  /** Takes the line away until the next frame. */
  hide: () => void
  /** Takes the line away until `resume`: something else has the terminal. */
  pause: () => void
  /** Takes the line away for text that comes bit by bit; in a pause of the text it comes back below it. */
  giveWay: () => void
  resume: () => void
  stop: () => void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const interval = 100
/** Back to the beginning of the line, and all of it gone. */
export const clearLine = '\r\u001b[2K'

/** Milliseconds without text after which a person should see that more is to come. */
const silence = 1000

/**
 * The line below the one that the cursor is in. Going there and back scrolls the screen where it has to, and leaves the
 * cursor in its column; only then is its place one to come back to.
 */
const below = { open: '\u001bD\u001b[A', begin: '\u001b7\u001b[B\r\u001b[2K', end: '\u001b8', clear: '\u001b[J' }

/** For a stream that is not a terminal. */
const noLine: StatusLine = {
  hide: () => undefined,
  pause: () => undefined,
  giveWay: () => undefined,
  resume: () => undefined,
  stop: () => undefined,
}

/** One line at the bottom of a terminal that says what the wait is for; gone before anything else is written. */
export function createStatusLine(stream: NodeJS.WriteStream, waiting: Waiting, off: boolean): StatusLine {
  if (off) return noLine
  const state = { frame: 0, shown: false, paused: false, textAt: 0 }
  const draw = () => {
    const isBelow = state.textAt > 0
    if (state.paused || (isBelow && Date.now() - state.textAt < silence)) return
    state.frame += 1
    const seconds = `${(waiting.elapsed() / 1000).toFixed(1)} s`
    // A line that reached the last column would wrap, and its beginning could not be taken away. The terminal adds ^C to it.
    const columns = (stream.columns || 80) - 3
    const text = waiting.text(columns - displayWidth(seconds) - 3)
    const line = clipWidth(`${frames[state.frame % frames.length] ?? ''} ${text} ${seconds}`, columns)
    if (isBelow) stream.write(`${state.shown ? '' : below.open}${below.begin}${line}${below.end}`)
    else stream.write(`${clearLine}${line}`)
    state.shown = true
  }
  const timer = setInterval(draw, interval)
  timer.unref()
  const hide = () => {
    if (state.shown) stream.write(state.textAt > 0 ? below.clear : clearLine)
    state.shown = false
  }
  return {
    hide,
    pause: () => {
      hide()
      state.paused = true
    },
    giveWay: () => {
      hide()
      state.textAt = Date.now()
    },
    resume: () => {
      if (state.textAt > 0) hide()
      Object.assign(state, { paused: false, textAt: 0 })
    },
    stop: () => {
      clearInterval(timer)
      hide()
    },
  }
}
