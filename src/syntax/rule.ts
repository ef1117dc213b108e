import type { Node } from '@vscode/tree-sitter-wasm'

export type DefinitionKind =
  | 'function'
  | 'method'
  | 'class'
  | 'interface'
  | 'struct'
  | 'enum'
  | 'union'
  | 'trait'
  | 'impl'
  | 'type'
  | 'namespace'
  | 'macro'
  | 'constant'

/** Where a node stands: what defines it, and the types of the nodes around it, outermost first. */
export type Around = { kind: DefinitionKind | undefined; path: readonly string[] }

/** `at` is the node that carries the name. */
export type Named = { kind: DefinitionKind; name: string; at: Node }

/** Says whether a node defines something. */
export type Rule = (node: Node, around: Around) => Named | undefined

/** What a function inside of it is a method of. */
export const owners = new Set<DefinitionKind | undefined>([
  'class',
  'interface',
  'struct',
  'enum',
  'union',
  'trait',
  'impl',
  'constant',
])

export function named(kind: DefinitionKind, field = 'name'): Rule {
  return (node) => {
    const at = node.childForFieldName(field)
    return at === null ? undefined : { kind, name: at.text, at }
  }
}

export const callable: Rule = (node, around) => named(owners.has(around.kind) ? 'method' : 'function')(node, around)

export const inCode = (around: Around) => around.kind === 'function' || around.kind === 'method'
