const maxLines = 400

/**
 * True for a text that reads as sentences and lists from end to end. Anything else is code: what is not known to be
 * prose may be a program.
 */
export function looksLikeProse(text: string): boolean {
  const lines = withoutFences(text.split('\n'))
    .slice(0, maxLines)
    .filter((line) => line.trim() !== '')
  if (lines.length === 0) return false
  const prose = lines.filter(isProseLine)
  return prose.length >= lines.length * 0.8 && prose.some(isSentence)
}

/** Lines outside of fenced code; an unclosed fence does not count. */
function withoutFences(lines: readonly string[]): string[] {
  const outside: string[] = []
  let open: { fence: string; at: number } | undefined
  for (const [at, line] of lines.entries()) {
    const [, fence = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === undefined && fence !== '') open = { fence, at }
    else if (open === undefined) outside.push(line)
    else if (fence.startsWith(open.fence) && rest.trim() === '') open = undefined
  }
  return open === undefined ? outside : [...outside, ...lines.slice(open.at)]
}

/** Headings, list items and lines of words. */
function isProseLine(line: string): boolean {
  const text = line.trim().replace(/^(?:#{1,6}|[-*+>]|\d+[.)]) +/, '')
  if (/^(?:={3,}|-{3,}|\*{3,})$/.test(text)) return true
  if (/[;{}]$|[=(]$|^(?:import|from|export|return|#include)\b/.test(text)) return false
  const marks = text.match(/[{}<>=;$@\\|^~_#()[\]"]/g)?.length ?? 0
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  return /\p{L}/u.test(text) && letters * 10 >= text.length * 6 && marks * 20 <= text.length
}

/** Words that a sign ends, most of them small; or a script that has no such letters. */
function isSentence(line: string): boolean {
  if (/[\u3002\uff01\uff1f\u0964]/.test(line)) return true
  const words = line.match(/\p{L}+/gu) ?? []
  const small = words.filter((word) => word === word.toLowerCase())
  return words.length >= 4 && small.length * 2 > words.length && /\p{L}{2,}[.!?]["')]?(?:\s|$)/u.test(line)
}
