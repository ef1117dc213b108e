/**
 * The text with fenced blocks and quoted lines blanked out, every character in its place: what stands there is shown, not
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

/** What is inside when the whole text is one fenced block; otherwise the text itself. */
export function unfence(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n')
  if (!/^```\w{0,16}\s*$/.test(first) || rest.length === 0) return text
  const last = rest.at(-1)?.trim() === '```' ? rest.slice(0, -1) : rest
  return last.some((line) => line.trimStart().startsWith('```')) ? text : last.join('\n')
}
