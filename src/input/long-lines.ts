/** A line that a person may have written. */
const longLine = 1000
/** A run between two signs in such a line that is data rather than code. */
const data = /[\w+/=%.:~\\-]{300,}/g
const shown = { before: 80, after: 16 }

export function hasLongLine(text: string): boolean {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    if ((end < 0 ? text.length : end) - start > longLine) return true
    start = end < 0 ? text.length : end + 1
  }
  return false
}

/** How many characters of data a line holds that are left out when it is shown. */
export type Shortened = { text: string; left: number }

/**
 * A line as it is shown: of a picture or a key of thousands of characters no more than its beginning and its end, so
 * that the code around it can be read.
 */
export function shortenLine(text: string): Shortened {
  // guard: data-shortened
  if (text.length <= longLine) return { text, left: 0 }
  let left = 0
  const short = text.replace(data, (run) => {
    const count = run.length - shown.before - shown.after
    left += count
    return `${run.slice(0, shown.before)}[… ${count} characters …]${run.slice(-shown.after)}`
  })
  return { text: short, left }
}

/** Lines of one file that are named one by one; what is cut behind them is named together. */
const maxNamed = 10

export type CutLine = { number: number; left: number }

/** What was left out of lines, for the report. `path` as the units call the file. */
export function notesOfCuts(path: string, cuts: readonly CutLine[]) {
  const named = cuts.slice(0, maxNamed).map(({ number, left }) => {
    return { path, startLine: number, endLine: number, reason: `${left} characters of data in this line` }
  })
  const rest = cuts.slice(maxNamed)
  const [first, last] = [rest[0], rest.at(-1)]
  if (!first || !last) return named
  const sum = rest.reduce((chars, { left }) => chars + left, 0)
  const reason = `${sum} characters of data in ${rest.length} lines`
  return [...named, { path, startLine: first.number, endLine: last.number, reason }]
}
