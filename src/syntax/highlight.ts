import { grammarOf } from './language.ts'
import { type Parsed, loadReader } from './parse.ts'

/** What a reader tells apart at a glance. */
type Shade = 'comment' | 'string' | 'number' | 'keyword' | 'plain'

export type Shaded = { text: string; shade: Shade }

/** Nodes that are told by their kind, whatever they hold. */
const kinds: readonly [kind: RegExp, shade: Shade][] = [
  [/comment/, 'comment'],
  [/string|template|char_literal|rune_literal|heredoc|regex|raw_text/, 'string'],
  [/number|integer|float|decimal|numeric|int_literal|imaginary/, 'number'],
  [/^(?:true|false|null|nil|none|undefined|null_literal|boolean_literal)$/i, 'keyword'],
]

/** A word that the grammar itself writes out: no name of anything in the code. */
const word = /^[A-Za-z][A-Za-z_]+$/

/**
 * The text in pieces, each with its shade; together they are the text. It need not be whole or valid. One plain piece
 * where the parser can make nothing of it.
 */
export type Highlighter = (text: string) => Shaded[]

/** Undefined when the language has no grammar here, or when it can't be loaded: the text can still be shown. */
export async function loadHighlighter(language: string): Promise<Highlighter | undefined> {
  const grammar = grammarOf(language)
  const reader = grammar && (await loadReader(grammar).catch(() => undefined))
  if (reader === undefined) return undefined
  return (text) => {
    const plain: Shaded[] = [{ text, shade: 'plain' }]
    try {
      return reader(text, (parsed) => shade(text, parsed), { whole: true }) ?? plain
    } catch {
      // The parser is a program of its own, and trips over some texts.
      return plain
    }
  }
}

/** One text, in a language whose grammar may have to be loaded first. */
export async function highlight(text: string, language: string): Promise<Shaded[]> {
  return (await loadHighlighter(language))?.(text) ?? [{ text, shade: 'plain' }]
}

function shade(text: string, { tree, deadline }: Parsed): Shaded[] {
  const pieces: Shaded[] = []
  let at = 0
  const cut = (start: number, end: number, as: Shade) => {
    if (start > at) pieces.push({ text: text.slice(at, start), shade: 'plain' })
    if (end > Math.max(at, start)) pieces.push({ text: text.slice(Math.max(at, start), end), shade: as })
    at = Math.max(at, end)
  }
  const cursor = tree.walk()
  try {
    walk: while (performance.now() < deadline) {
      const { nodeType, nodeIsNamed, startIndex, endIndex } = cursor
      const known = shadeOf(nodeType, nodeIsNamed)
      if (known !== undefined) cut(startIndex, endIndex, known)
      else if (cursor.gotoFirstChild()) continue
      while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) break walk
    }
  } finally {
    cursor.delete()
  }
  cut(text.length, text.length, 'plain')
  return pieces
}

function shadeOf(type: string, isNamed: boolean): Shade | undefined {
  if (!isNamed) return word.test(type) ? 'keyword' : undefined
  return kinds.find(([kind]) => kind.test(type))?.[1]
}
