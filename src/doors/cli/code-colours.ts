import { type Highlighter, type Shaded, loadHighlighter } from '../../syntax/highlight.ts'
import { grammarOf, languageCalled } from '../../syntax/language.ts'
import { loadParser } from '../../syntax/parse.ts'
import type { Paint, Style } from './terminal.ts'

const shades: Readonly<Record<Shaded['shade'], readonly Style[]>> = {
  keyword: ['cyan'],
  string: ['green'],
  number: ['yellow'],
  comment: ['dim'],
  plain: [],
}

/** Words of the language, texts and comments in colours of their own. */
export function paintCode(pieces: readonly Shaded[], { open, close }: Paint): string {
  return pieces
    .map(({ text, shade }) => `${shades[shade].map(open).join('')}${text}${shades[shade].map(close).join('')}`)
    .join('')
}

/** The next line of a block of code, in pieces that together are the line. */
export type ShadeLine = (line: string) => Shaded[]

/** Colours for code that is shown line by line, while it is written. */
export type CodeColours = {
  /** Gets ready for code that may follow soon. */
  prepare: () => void
  /** A block begins. `info`: the text behind its fence. Undefined unless it names a language with a grammar. */
  begin: (info: string) => ShadeLine | undefined
}

/** A grammar is loaded when a block in its language begins; lines that come sooner than it are plain. */
export function createCodeColours(): CodeColours & { load: (info: string) => Promise<void> } {
  const loaded = new Map<string, Highlighter | undefined>()
  const budget = { left: limits.parsed }
  const load = async (info: string) => {
    const language = languageOfBlock(info)
    if (language !== undefined && !loaded.has(language)) loaded.set(language, await loadHighlighter(language))
  }
  return {
    prepare: () => void loadParser().catch(() => undefined),
    load,
    begin(info) {
      const language = languageOfBlock(info)
      if (language === undefined) return undefined
      void load(info)
      return createShadeLine(() => loaded.get(language), budget)
    },
  }
}

/** The same for a text that is there already: the grammars of all its blocks are loaded. */
export async function coloursFor(text: string): Promise<CodeColours> {
  const colours = createCodeColours()
  for (const [, info = ''] of text.matchAll(/^[ \t]*(?:`{3,}|~{3,})(.*)$/gm)) await colours.load(info)
  return colours
}

/** `ts`, `ts title="x"`, `rust,ignore`, `{.python}`. */
function languageOfBlock(info: string): string | undefined {
  const word = /^\s*\{?\.?([\w+#-]+)/.exec(info)?.[1]
  const language = word === undefined ? undefined : languageCalled(word)
  return language !== undefined && grammarOf(language) !== undefined ? language : undefined
}

/**
 * Characters of a line that is coloured, of the lines before it that say what it means, and of all that is parsed for one
 * answer: text that only looks like code takes the parser long, and once the budget is spent the rest stays plain.
 */
const limits = { line: 1000, before: 2000, parsed: 200_000 }

/** What may go on over several lines: how it ends, and whether a text looks as if it were still open. */
const spans: readonly [end: string, mayBeOpen: (code: string) => boolean][] = [
  ['*/', (code) => code.lastIndexOf('/*') > code.lastIndexOf('*/')],
  ...['"""', "'''", '`'].map((mark): [string, (code: string) => boolean] => [
    mark,
    (code) => code.split(mark).length % 2 === 0,
  ]),
]

function createShadeLine(highlighter: () => Highlighter | undefined, budget: { left: number }): ShadeLine {
  let before = ''
  const parsing =
    (shade: Highlighter): Highlighter =>
    (code) => {
      budget.left -= code.length
      return shade(code)
    }
  return (line) => {
    const start = before.length
    const code = before + line
    before = tail(`${code}\n`)
    const found = highlighter()
    if (found === undefined || line.length > limits.line || budget.left <= 0) return [{ text: line, shade: 'plain' }]
    const shade = parsing(found)
    return from(open(code, shade) ?? shade(code), start, code.length)
  }
}

/** The last lines of a code, as many as there is room for. */
function tail(code: string): string {
  if (code.length <= limits.before) return code
  const rest = code.slice(-limits.before)
  return rest.slice(rest.indexOf('\n') + 1)
}

/** The pieces of a code that ends within a comment or a text: the parser finds only what is closed, so it is. */
function open(code: string, shade: Highlighter): Shaded[] | undefined {
  for (const [end, mayBeOpen] of spans) {
    if (!mayBeOpen(code)) continue
    const pieces = shade(`${code}\n${end}`)
    const last = pieces.at(-1)
    const isIt = last?.shade === 'comment' || last?.shade === 'string'
    if (isIt && last.text.endsWith(`\n${end}`)) return pieces
  }
  return undefined
}

/** What the pieces hold between two places of the text. */
function from(pieces: readonly Shaded[], start: number, end: number): Shaded[] {
  let at = 0
  return pieces.flatMap(({ text, shade }) => {
    const piece = text.slice(Math.max(0, start - at), Math.max(0, end - at))
    at += text.length
    return piece === '' ? [] : [{ text: piece, shade }]
  })
}
