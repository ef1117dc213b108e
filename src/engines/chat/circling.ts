/** Lines after which nothing new is to be expected, and of how many of them a circle may be made. */
const enough = 40
const maxCircle = 6
/** Characters of a line. A longer one is not looked at. */
const maxLine = 2000

const bullet = /^(?:[-*+•]|\(?\d{1,4}[.):])\s+/
const word = /\p{L}{3}/u

/**
 * Takes a reply as it comes, and tells when it goes round in circles: line after line the same but for their numbers, or
 * the same few in turn. No list that says something does that. Code may, and is left alone.
 */
export function createCircling(): (text: string) => boolean {
  const lines: string[] = []
  let [rest, isCode] = ['', false]
  const add = (line: string) => {
    const text = line.trim().replace(bullet, '')
    if (/^(?:`{3}|~{3})/.test(text)) isCode = !isCode
    if (text !== '' && !isCode) lines.push(text.length > maxLine ? '' : text)
    if (lines.length > enough) lines.shift()
  }
  return (text) => {
    const [first = '', ...more] = text.split('\n')
    rest = (rest + first).slice(0, maxLine + 1)
    for (const next of more) {
      add(rest)
      rest = next
      if (isCircle(lines)) return true
    }
    return false
  }
}

function isCircle(lines: readonly string[]): boolean {
  if (lines.length < enough || !lines.some((line) => word.test(line))) return false
  return Array.from({ length: maxCircle }, (_, at) => at + 1).some((size) =>
    lines.every((line, at) => line !== '' && (at < size || line === lines[at - size])),
  )
}
