export type ShellCode = {
  /** The script without comments and here-documents, and with what is quoted as one word. */
  code: string
  /** The same with quotations as they are. */
  text: string
}

/** What a quotation may hold that would mean something outside of it. */
const meaningful = /[\s;&|(){}`#<>]/g

/**
 * Tells the code of a shell script from its comments, quotations and here-documents. Where one of them does not end, the
 * script is code from end to end.
 */
export function shellCode(script: string): ShellCode {
  const code: string[] = []
  const text: string[] = []
  const awaited: string[] = []
  const put = (part: string, plain = part) => {
    text.push(part)
    code.push(plain)
  }
  for (let at = 0; at < script.length; ) {
    const part = nextPart(script, at)
    if (part === undefined) return { code: script, text: script }
    at += part.length
    if (part === '\n' && awaited.length > 0) {
      const end = endOfDocuments(script, at, awaited.splice(0))
      if (end === undefined) return { code: script, text: script }
      at = end
    }
    if (/^<<(?!<)/.test(part)) awaited.push(part)
    if (part.startsWith('#')) continue
    if (part === '\\\n') put(' ')
    else if (/^['"\\]/.test(part)) put(part, part.replaceAll(meaningful, '_'))
    else put(part)
  }
  return { code: code.join(''), text: text.join('') }
}

const parts = [
  // A character that is escaped, a quotation, the beginning of a here-document.
  /\\[\s\S]?/y,
  /'[^']*'/y,
  /"(?:[^"\\]|\\[\s\S])*"/y,
  /<<<|<<-?[ \t]*(?:'[^'\n]+'|"[^"\n]+"|\\?[A-Za-z_][\w.-]*)/y,
  // A comment begins a word.
  /(?<![^\s;&|(){}])#[^\n]*/y,
  /[^\\'"<#\n]+/y,
  /[\n<#]/y,
]

/** The next piece of a script, or undefined where a quotation does not end. */
function nextPart(script: string, at: number): string | undefined {
  for (const pattern of parts) {
    pattern.lastIndex = at
    const [part] = pattern.exec(script) ?? []
    if (part !== undefined) return part
  }
  return undefined
}

/** The position behind here-documents that begin at a line, or undefined where one of them has no end. */
function endOfDocuments(script: string, from: number, starts: readonly string[]): number | undefined {
  let at = from
  for (const start of starts) {
    const word = start.replace(/^<<-?[ \t]*/, '').replaceAll(/['"\\]/g, '')
    for (;;) {
      if (at >= script.length) return undefined
      const end = script.indexOf('\n', at)
      const line = script.slice(at, end < 0 ? undefined : end)
      at = end < 0 ? script.length : end + 1
      if ((start.startsWith('<<-') ? line.replace(/^\t+/, '') : line) === word) break
    }
  }
  return at
}
