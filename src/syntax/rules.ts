import { cRules } from './c-rules.ts'
import type { Grammar } from './language.ts'
import { callable, type DefinitionKind, inCode, named, type Rule } from './rule.ts'
import { scriptRules } from './script-rules.ts'

/** A name of a Python module. */
const assignment: Rule = (node, { path }) => {
  const at = node.childForFieldName('left')
  if (at?.type !== 'identifier' || path.length !== 2) return undefined
  return { kind: 'constant', name: at.text, at }
}

const goMethod: Rule = (node) => {
  const at = node.childForFieldName('name')
  const receiver = node.childForFieldName('receiver')
  const type = /\*?\s*([A-Za-z_]\w*)\s*(?:\[[^\]]*\])?\s*\)$/.exec(receiver?.text ?? '')?.[1]
  return at === null ? undefined : { kind: 'method', name: type ? `${type}.${at.text}` : at.text, at }
}

const goKinds: Record<string, DefinitionKind> = { struct_type: 'struct', interface_type: 'interface' }

const goType: Rule = (node, around) =>
  named(goKinds[node.childForFieldName('type')?.type ?? ''] ?? 'type')(node, around)

const constant: Rule = (node, around) => (inCode(around) ? undefined : named('constant')(node, around))

/** `impl Display for Point<T>` holds the methods of Point. */
const implementation: Rule = (node) => {
  const type = node.childForFieldName('type')
  const at = type?.childForFieldName('type') ?? type
  return at ? { kind: 'impl', name: at.text, at } : undefined
}

/** By type of node. */
export const rules: Record<Grammar, Record<string, Rule>> = {
  typescript: scriptRules,
  tsx: scriptRules,
  javascript: scriptRules,
  python: {
    function_definition: callable,
    class_definition: named('class'),
    type_alias_statement: named('type', 'left'),
    assignment,
  },
  go: {
    function_declaration: callable,
    method_declaration: goMethod,
    type_spec: goType,
    type_alias: named('type'),
    const_spec: constant,
    var_spec: constant,
  },
  rust: {
    function_item: callable,
    function_signature_item: callable,
    struct_item: named('struct'),
    enum_item: named('enum'),
    union_item: named('union'),
    trait_item: named('trait'),
    impl_item: implementation,
    mod_item: named('namespace'),
    type_item: named('type'),
    macro_definition: named('macro'),
    const_item: constant,
    static_item: constant,
  },
  java: {
    class_declaration: named('class'),
    record_declaration: named('class'),
    interface_declaration: named('interface'),
    annotation_type_declaration: named('interface'),
    enum_declaration: named('enum'),
    method_declaration: named('method'),
    constructor_declaration: named('method'),
    compact_constructor_declaration: named('method'),
  },
  cpp: cRules,
}
