/**
 * The text with fenced blocks and quoted lines blanked out, every character in its place: that text is shown, not
 * meant. One pass; a fence that never closes reaches to the end. (In a code span the closing mark ends no line.)
 */
export function blankCode(text: string): string {
  let fence: string | undefined
  return text
    .split('\n')
    .map((line) => {
      const mark = /^\s{0,3}(```|~~~)/.exec(line)?.[1]
      const isShown = fence !== undefined || mark !== undefined || /^\s{0,3}>/.test(line)
      if (fence === undefined) fence = mark
      else if (mark === fence) fence = undefined
      return isShown ? ' '.repeat(line.length) : line
    })
    .join('\n')
}

/** Longer ones are no code span, but a mark that was left open. */
const maxSpan = 200

/** More of them in a row are a line drawn across the page. */
const maxRun = 64

type Around = { line: string; fence: string; atEnd: boolean }

/**
 * Reads what begins at the backtick or tilde at `at`: a fence that opens or closes, a code span, or nothing. `line` is what
 * stands before it on its line, `fence` what opened the block it is in. Undefined when the text ends too early to say.
 */
export function readCode(text: string, at: number, around: Around): { end: number; fence: string } | undefined {
  const { line, fence, atEnd } = around
  const run = /`{1,64}|~{1,64}/y
  run.lastIndex = at
  const mark = run.exec(text)?.[0] ?? ''
  const behind = at + mark.length
  if (behind === text.length && mark.length < maxRun && !atEnd) return undefined
  const isFence = mark.length >= 3 && line.trim() === ''
  if (fence !== '') {
    const closes = isFence && mark.startsWith(fence) && !/[\p{L}\p{N}]/u.test(text[behind] ?? '')
    return { end: behind, fence: closes ? '' : fence }
  }
  if (mark.startsWith('~')) return { end: behind, fence: isFence ? mark : '' }
  const window = text.slice(behind, behind + maxSpan)
  const rest = window.split('\n', 1)[0] ?? ''
  const closing = closingOf(rest, mark)
  const isOpen = rest.length === window.length && window.length < maxSpan && !atEnd
  if (isOpen && (closing === undefined || closing === rest.length)) return undefined
  if (closing !== undefined) return { end: behind + closing, fence: '' }
  return { end: behind, fence: isFence ? mark : '' }
}

/** The place behind a run of just as many backticks. */
function closingOf(text: string, mark: string): number | undefined {
  for (const run of text.matchAll(/`+/g)) if (run[0].length === mark.length) return run.index + mark.length
  return undefined
}
