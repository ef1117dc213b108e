import type { Tree } from '@vscode/tree-sitter-wasm'
import { grammarOf } from './language.ts'
import { withTree } from './parse.ts'

const commentTypes = ['comment', 'line_comment', 'block_comment']

/**
 * True when every one of these lines (counted from 1) holds nothing but comment or white space.
 * False whenever that can't be told.
 */
export async function isCommentOnly(text: string, language: string, lines: readonly number[]): Promise<boolean> {
  const grammar = grammarOf(language)
  if (grammar === undefined) return false
  try {
    return (await withTree(text, grammar, (tree) => hold(tree, text, lines))) ?? false
  } catch {
    return false
  }
}

function hold(tree: Tree, text: string, lines: readonly number[]): boolean {
  const comments = tree.rootNode
    .descendantsOfType(commentTypes)
    .flatMap((node) => (node === null ? [] : [{ start: node.startIndex, end: node.endIndex }]))
  const starts = lineStarts(text)
  return lines.every((line) => {
    const from = starts[line - 1]
    if (from === undefined) return false
    const content = text.slice(from, starts[line] ?? text.length)
    const left = withoutComments({ from, content }, comments)
    return left.trim() === ''
  })
}

/** What is left of a line without its comments. */
function withoutComments(
  line: { from: number; content: string },
  comments: readonly { start: number; end: number }[],
): string {
  const { from, content } = line
  return comments
    .filter(({ start, end }) => start < from + content.length && end > from)
    .reduceRight((rest, { start, end }) => rest.slice(0, Math.max(0, start - from)) + rest.slice(end - from), content)
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
