import type { Node } from '@vscode/tree-sitter-wasm'
import { type Around, callable, type DefinitionKind, named, owners, type Rule } from './rule.ts'

const functions = new Set(['arrow_function', 'function_expression', 'generator_function'])
const moduleLevel = new Set([
  'program',
  'export_statement',
  'lexical_declaration',
  'variable_declaration',
  'ambient_declaration',
  'expression_statement',
  'internal_module',
  'module',
  'statement_block',
])

function valueKind(value: Node | null, around: Around): DefinitionKind | undefined {
  if (value === null) return undefined
  if (functions.has(value.type)) return owners.has(around.kind) ? 'method' : 'function'
  return value.type === 'class' ? 'class' : undefined
}

/** A name that is given a function or a class: `const f = () => …`, `f = () => …` in a class, `exports.f = …`. */
function holder(nameField: string, valueField: string): Rule {
  return (node, around) => {
    const at = node.childForFieldName(nameField)
    const kind = valueKind(node.childForFieldName(valueField), around)
    return at === null || kind === undefined ? undefined : { kind, name: at.text, at }
  }
}

const declarator: Rule = (node, around) => {
  const found = holder('name', 'value')(node, around)
  if (found !== undefined) return found
  const at = node.childForFieldName('name')
  if (at?.type !== 'identifier' || !around.path.every((type) => moduleLevel.has(type))) return undefined
  return { kind: 'constant', name: at.text, at }
}

const defaultExport: Rule = (node, around) => {
  const value = node.childForFieldName('value')
  if (value === null || value.type === 'identifier') return undefined
  return { kind: valueKind(value, around) ?? 'constant', name: 'default', at: value }
}

/** TypeScript and JavaScript. */
export const scriptRules: Record<string, Rule> = {
  function_declaration: callable,
  generator_function_declaration: callable,
  function_signature: callable,
  class_declaration: named('class'),
  abstract_class_declaration: named('class'),
  method_definition: named('method'),
  abstract_method_signature: named('method'),
  interface_declaration: named('interface'),
  type_alias_declaration: named('type'),
  enum_declaration: named('enum'),
  internal_module: named('namespace'),
  module: named('namespace'),
  public_field_definition: holder('name', 'value'),
  field_definition: holder('property', 'value'),
  pair: holder('key', 'value'),
  assignment_expression: holder('left', 'right'),
  variable_declarator: declarator,
  export_statement: defaultExport,
}
