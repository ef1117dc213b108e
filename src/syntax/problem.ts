import type { Node } from '@vscode/tree-sitter-wasm'
import { grammarOf } from './language.ts'
import { withTree } from './parse.ts'

/** Where a text stops being what its language allows: a line, counted from 1, and its text. */
export type SyntaxProblem = { line: number; text: string }

/**
 * The first thing in a text that does not parse; null when all of it does. Undefined where there is no telling: an unknown
 * language, a text that is too long or takes too long. Never throws.
 */
export async function syntaxProblem(text: string, language: string): Promise<SyntaxProblem | null | undefined> {
  if (language === 'json') return jsonProblem(text)
  const grammar = grammarOf(language)
  if (grammar === undefined) return undefined
  try {
    return await withTree(text, grammar, ({ tree, deadline }) => problemIn(tree.rootNode, text, deadline), {
      whole: true,
    })
  } catch {
    return undefined
  }
}

function jsonProblem(text: string): SyntaxProblem | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? text.length)
    return problemAt(text, text.slice(0, at).split('\n').length)
  }
}

function problemIn(root: Node, text: string, deadline: number): SyntaxProblem | null {
  if (!root.hasError) return null
  let node = root
  while (performance.now() < deadline && !node.isError && !node.isMissing) {
    const inner = node.children.find((child) => child !== null && (child.hasError || child.isMissing))
    if (!inner) break
    node = inner
  }
  return problemAt(text, node.startPosition.row + 1)
}

function problemAt(text: string, line: number): SyntaxProblem {
  return { line, text: (text.split('\n')[line - 1] ?? '').trim().slice(0, 80) }
}
