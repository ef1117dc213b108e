/** Lines that no person writes, in characters; under the name of a minified file the shorter ones count as well. */
const longLine = { any: 1000, named: 80 }
/** A single line has to be so long. */
const onlyLine = 5000

/**
 * True for a program that a tool wrote without line ends: every line of code is long and dense. Long texts, padding
 * and a comment make no line dense, and one line that a person can read makes the file one to be read.
 */
// guard: written-by-hand
export function isMinified(path: string, text: string): boolean {
  const isNamed = /\.min\.(?:[cm]?js|css)$/i.test(path)
  const least = isNamed ? longLine.named : longLine.any
  let [count, chars] = [0, 0]
  for (const line of withoutComments(text).split('\n')) {
    if (/^[\s(){}[\];,]*$|^\s*(['"])use strict\1;?\s*$/.test(line)) continue
    const dense = condense(line)
    // guard: dense-lines
    if (dense.length < least || !isDense(dense)) return false
    count += 1
    chars += dense.length
  }
  return count > 0 && (isNamed || count > 1 || chars > onlyLine)
}

function withoutComments(text: string): string {
  // Blanks of this line alone: over empty lines every one of them would be looked at from each line before.
  return text.replace(
    /^[^\S\n\r\u2028\u2029]*(?:\/\*[^]*?(?:\*\/|$(?![^]))|(?:\/\/.*|<!--.*-->[^\S\n\r\u2028\u2029]*)$)/gm,
    '',
  )
}

/** A line without what says nothing about how densely it is written: long texts, and what is repeated to fill it. */
function condense(line: string): string {
  return line
    .replace(/\/\*.*?\*\//g, '')
    .replace(/"(?:[^"\\]|\\.){40,}"|'(?:[^'\\]|\\.){40,}'|`(?:[^`\\]|\\.){40,}`/g, '""')
    .replace(/[\w+/=-]{80,}/g, 'x')
    .replace(/(.)\1{9,}/g, '$1')
    .trim()
}

/** Much punctuation and few blanks. */
function isDense(line: string): boolean {
  const marks = line.match(/[;,:=(){}[\]]/g)?.length ?? 0
  const blanks = line.match(/\s/g)?.length ?? 0
  return marks * 100 > line.length * 8 && blanks * 100 < line.length * 15
}
