import type { Node } from '@vscode/tree-sitter-wasm'
import { type DefinitionKind, inCode, named, owners, type Rule } from './rule.ts'

/** A name lies at the bottom of its declarators: `int *(*f)(void)`. */
function declared(node: Node): { at: Node; isFunction: boolean } | undefined {
  let at = node.childForFieldName('declarator')
  let isFunction = false
  while (at !== null && at.type.endsWith('_declarator')) {
    isFunction = at.type === 'function_declarator'
    at = at.childForFieldName('declarator') ?? at.lastNamedChild
  }
  return at === null ? undefined : { at, isFunction }
}

const cFunction: Rule = (node, around) => {
  const found = declared(node)
  if (!found?.isFunction || inCode(around)) return undefined
  const isMethod = owners.has(around.kind) || found.at.type === 'qualified_identifier'
  return { kind: isMethod ? 'method' : 'function', name: found.at.text, at: found.at }
}

function bodied(kind: DefinitionKind): Rule {
  return (node, around) => (node.childForFieldName('body') === null ? undefined : named(kind)(node, around))
}

const typedefKinds: Record<string, DefinitionKind> = {
  struct_specifier: 'struct',
  union_specifier: 'union',
  enum_specifier: 'enum',
}

const typedef: Rule = (node) => {
  const at = declared(node)?.at
  const type = node.childForFieldName('type')
  const kind = type?.childForFieldName('body') ? typedefKinds[type.type] : undefined
  return at === undefined ? undefined : { kind: kind ?? 'type', name: at.text, at }
}

/** C and C++. */
export const cRules: Record<string, Rule> = {
  function_definition: cFunction,
  declaration: cFunction,
  field_declaration: cFunction,
  class_specifier: bodied('class'),
  struct_specifier: bodied('struct'),
  union_specifier: bodied('union'),
  enum_specifier: bodied('enum'),
  namespace_definition: named('namespace'),
  alias_declaration: named('type'),
  concept_definition: named('type'),
  type_definition: typedef,
  preproc_function_def: named('macro'),
}
