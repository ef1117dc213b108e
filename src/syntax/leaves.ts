import type { Parsed } from './parse.ts'

/** A node that is not cut further. */
export type Leaf = {
  start: number
  end: number
  isComment: boolean
  /** The nodes that close and open since the last leaf that is not a comment. */
  shape: string
  /** The white space in front of it lies between parts of JSX. */
  isMarkup: boolean
  /** What counts of it, if that is not all that is written. */
  text?: string | undefined
}

const comments = new Set(['comment', 'line_comment', 'block_comment'])

/** Nodes that hold text in which white space is text, whatever the grammar cuts them into. */
const literal = /string|template_literal|char|heredoc|regex|text/

/** The leaves in order, or undefined when the time is over. Comments leave no trace in the shapes around them. */
export function leavesOf(source: string, { tree, deadline }: Parsed): Leaf[] | undefined {
  const leaves: Leaf[] = []
  const path: string[] = []
  let [shape, isMarkup] = ['', false]
  const cursor = tree.walk()
  const descend = () => {
    const { nodeType: type, startIndex: start, endIndex: end } = cursor
    const text = markupText(type, source, [start, end])
    if (text === '') return false
    const isComment = comments.has(type) && !(start === 0 && source.startsWith('#!'))
    if (!isComment) shape += `(${cursor.nodeIsNamed ? type : ''}`
    if (!isComment && !(cursor.nodeIsNamed && literal.test(type)) && cursor.gotoFirstChild()) return path.push(type) > 0
    leaves.push({ start, end, isComment, shape: isComment ? '' : shape, isMarkup, text })
    if (!isComment) [shape, isMarkup] = [')', true]
    return false
  }
  try {
    for (let steps = 1; steps % 1024 !== 0 || performance.now() < deadline; steps += 1) {
      if (descend()) continue
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return leaves
        path.pop()
        shape += ')'
      }
      isMarkup &&= path.at(-1)?.startsWith('jsx_') ?? false
    }
    return undefined
  } finally {
    cursor.delete()
  }
}

/** What the compilers of JSX leave of a text: its lines without their indentation. They do so before they read `&amp;`. */
function markupText(type: string, source: string, [start, end]: [number, number]): string | undefined {
  if (type === 'html_character_reference') return withSpace(source, start, end)
  if (type !== 'jsx_text' || source[start - 1] === ';' || source[end] === '&') return undefined
  const lines = source.slice(start, end).split(/\r?\n/)
  const trimmed = lines.map((line, index) => {
    const tail = index === 0 ? line : line.replace(/^[ \t]+/, '')
    return index === lines.length - 1 ? tail : tail.replace(/[ \t]+$/, '')
  })
  return trimmed.filter((line) => line !== '').join(' ')
}

function withSpace(source: string, start: number, end: number): string {
  const isSpace = (at: number) => /[ \t\r\n]/.test(source[at] ?? '')
  let [from, to] = [start, end]
  while (isSpace(from - 1)) from -= 1
  while (isSpace(to)) to += 1
  return source.slice(from, to)
}
