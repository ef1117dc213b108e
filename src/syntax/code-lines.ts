import type { Node, Tree } from '@vscode/tree-sitter-wasm'
import { grammarOf } from './language.ts'
import { withTree } from './parse.ts'

/** Nodes whose text is not run, or only perhaps. */
const notCode = /comment|string|template|text|regex|heredoc|char|preproc_(?:if|elif|else)|^ERROR$/
const never = /^\(?\s*(?:false|False|0|null|None|nil)\s*\)?$/

/** What ends a block early: nothing behind it in the block runs. */
const jump = /^(?:return|throw|raise|break|continue|goto|jump)/
/** What is run at another time than the block around it, or never. */
const apart =
  /(?:^|_)(?:function|method|lambda|closure|func|constructor|procedure|accessor|class|struct|interface|module|impl|trait)(?!_call|_invocation)(?:_|$)/

/**
 * True when these lines (counted from 1) run whenever the line beside them does: each begins with code, not inside a
 * comment, a string or a branch that is switched off, and the block of the first one holds the other line too, in the
 * same function. False whenever that can't be told.
 */
export async function runBeside(
  text: string,
  language: string,
  { lines, beside }: { lines: readonly number[]; beside: number },
): Promise<boolean> {
  const grammar = grammarOf(language)
  const [first] = lines
  if (grammar === undefined || first === undefined) return false
  try {
    return (
      (await withTree(text, grammar, ({ tree }) => {
        const at = (line: number) => nodeAt(tree, text, line)
        // guard: fix-runs
        return lines.every((line) => isCode(at(line))) && sharesBlock(at(first), at(beside))
      })) ?? false
    )
  } catch {
    return false
  }
}

/** The smallest node that begins where the line's text does. */
function nodeAt(tree: Tree, text: string, line: number): Node | null {
  const content = text.split('\n', line)[line - 1]
  const column = content?.search(/\S/) ?? -1
  if (column < 0) return null
  const node = tree.rootNode.descendantForPosition({ row: line - 1, column })
  return node === null || node.startPosition.row > line - 1 ? null : node
}

function isCode(from: Node | null): boolean {
  if (from === null) return false
  for (let node: Node | null = from; node !== null; node = node.parent) {
    if (notCode.test(node.type) || node.isMissing) return false
    const condition = node.childForFieldName('condition')
    if (condition !== null && never.test(condition.text)) return false
  }
  return true
}

/** Whether the block that holds the statement of `code` is also around `other`, and not behind what leaves it. */
function sharesBlock(code: Node | null, other: Node | null): boolean {
  if (code === null || other === null) return false
  const statement = statementOf(code)
  const block = statement.parent
  if (block === null) return false
  // A line that opens a block is about what runs in it.
  if (other.startPosition.row === block.startPosition.row) return true
  let inBlock = other
  while (inBlock.parent !== null && inBlock.parent.id !== block.id) {
    inBlock = inBlock.parent
    if (apart.test(inBlock.type)) return false
  }
  return inBlock.parent !== null && !isLeftBetween(block, inBlock, statement)
}

/** The largest node that begins where this one does. */
function statementOf(code: Node): Node {
  let node = code
  while (node.parent?.startIndex === node.startIndex && node.parent.parent !== null) node = node.parent
  return node
}

function isLeftBetween(block: Node, from: Node, to: Node): boolean {
  return block.namedChildren.some(
    (node) =>
      node !== null &&
      node.startIndex >= from.startIndex &&
      node.startIndex < to.startIndex &&
      (jump.test(node.type) || jump.test(node.firstNamedChild?.type ?? '')),
  )
}
