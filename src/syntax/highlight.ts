import { grammarOf } from './language.ts'
import { type Parsed, withTree } from './parse.ts'

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
 * when the language has no grammar here.
 */
export async function highlight(text: string, language: string): Promise<Shaded[]> {
  const plain: Shaded[] = [{ text, shade: 'plain' }]
  const grammar = grammarOf(language)
  if (grammar === undefined) return plain
  try {
    return (await withTree(text, grammar, (parsed) => shade(text, parsed), { whole: true })) ?? plain
  } catch {
    // The parser is a program of its own: whatever it trips over, the text can still be shown.
    return plain
  }
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
