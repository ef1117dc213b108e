import { sizeText } from '../../../engines/memory.ts'
import type { OnTransfer } from '../../../engines/engine.ts'
import { displayWidth } from '../../../text/width.ts'
import { show } from '../output.ts'
import { createStatusLine } from '../status-line.ts'

export type Transfer = { onTransfer: OnTransfer; stop: () => void }

/** The speed is that of the last seconds. */
const recentMs = 5000

/** A download on a terminal is a line with a bar; elsewhere each tenth of it is one. */
export function createTransfer(label: string): Transfer {
  const started = Date.now()
  const state = { bytes: 0, total: 0, tenth: 0, marks: [] as { at: number; bytes: number }[] }
  const isLive = process.stderr.isTTY
  const text = (columns?: number) => line(label, { ...state, speed: speedOf(state.marks) }, columns)
  const status = createStatusLine(
    process.stderr,
    { note: () => undefined, text, elapsed: () => Date.now() - started },
    !isLive,
  )
  return {
    onTransfer(bytes, total) {
      const now = Date.now()
      Object.assign(state, { bytes, total })
      state.marks = [...state.marks.filter(({ at }) => now - at <= recentMs), { at: now, bytes }].slice(-200)
      const tenth = total > 0 ? Math.floor((10 * bytes) / total) : 0
      if (!isLive && tenth > state.tenth) show(process.stderr, `${label}: ${tenth * 10} % of ${sizeText(total)}\n`)
      state.tenth = Math.max(state.tenth, tenth)
    },
    stop: status.stop,
  }
}

/** Bytes a second. */
function speedOf(marks: readonly { at: number; bytes: number }[]): number {
  const [first, last] = [marks[0], marks.at(-1)]
  if (first === undefined || last === undefined || last.at === first.at) return 0
  return Math.max(0, (1000 * (last.bytes - first.bytes)) / (last.at - first.at))
}

const maxBar = 24

type Far = { bytes: number; total: number; speed: number }

/**
 * `qwen3:8b ████░░░░ 41 % of 5.2 GB, 41 MB/s, 75 s left, after`: whatever time has gone by follows. On a narrow terminal
 * the bar gives way, then the name, then the speed.
 */
function line(label: string, { bytes, total, speed }: Far, columns = 80): string {
  if (total === 0) return `${label}: waiting for the first bytes, after`
  const percent = Math.min(100, Math.floor((100 * bytes) / total))
  const [pace, left] =
    speed === 0 ? ['', ''] : [`, ${sizeText(speed)}/s`, `, ${timeText((total - bytes) / speed)} left`]
  const size = `${percent} % of ${sizeText(total)}`
  const words = ` ${size}${pace}${left}, after`
  const width = Math.min(maxBar, columns - displayWidth(label) - displayWidth(words) - 1)
  if (width < 4) {
    const shorter = [`${label}${words}`, words.trimStart()]
    return shorter.find((text) => displayWidth(text) <= columns) ?? `${size}${left}`
  }
  const full = Math.round((width * percent) / 100)
  return `${label} ${'█'.repeat(full)}${'░'.repeat(width - full)}${words}`
}

/** `40 s`, `12 min`, `3.5 h`. */
export function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
