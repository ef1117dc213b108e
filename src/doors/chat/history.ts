import { dirname } from 'node:path'
import { writeAtomic } from '../../store/atomic.ts'
import { readWhole } from '../../store/read-whole.ts'
import { redactSecrets } from '../../text/redact.ts'
import { makeFolder } from '../../store/make-folder.ts'

const limits = { lines: 500, lineChars: 2000, bytes: 4 * 1024 * 1024 }

/** The lines that were typed, for Up and Down. */
export type History = {
  readonly size: number
  /** The latest first, as readline wants them. */
  lines(): string[]
  add(line: string): void
  /** Keeps them for the next time. */
  save(): Promise<void>
}

/** A file that can't be read, or that holds something else, is no history. */
export async function openHistory(file: string): Promise<History> {
  const text = await readWhole(file, limits.bytes).catch(() => '')
  let lines = text.split('\n').filter(isPlain).slice(-limits.lines)
  const typed: string[] = []
  return {
    size: limits.lines,
    lines: () => lines.toReversed(),
    add(line) {
      if (!isPlain(line) || lines.at(-1) === line) return
      lines = [...lines.filter((one) => one !== line), line].slice(-limits.lines)
      typed.push(line)
    },
    async save() {
      if (typed.length === 0) return
      try {
        makeFolder(dirname(file), 0o700)
        // Another chat may have added to it in the meantime.
        const now = (await readWhole(file, limits.bytes).catch(() => '')).split('\n').filter(isPlain)
        const mine = new Set(typed)
        const all = [...now.filter((line) => !mine.has(line)), ...typed]
        // guard: history-secrets
        const kept = all.slice(-limits.lines).map((line) => redactSecrets(line))
        await writeAtomic(file, `${kept.join('\n')}\n`)
      } catch {
        // Nothing depends on it.
      }
    },
  }
}

/** One typed line, without anything that could steer a terminal, and no mark of a paste that is gone by then. */
function isPlain(line: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return (
    line.trim() !== '' &&
    line.length <= limits.lineChars &&
    !/[\u0000-\u001f\u007f-\u009f\ufffd]|\[paste \d+: \d+ lines\]/.test(line)
  )
}
