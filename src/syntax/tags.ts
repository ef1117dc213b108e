/** What a definition can be. */
export const kinds = [
  'function',
  'method',
  'class',
  'interface',
  'struct',
  'enum',
  'union',
  'trait',
  'impl',
  'type',
  'namespace',
  'macro',
  'constant',
  'rule',
  'section',
] as const
export type DefinitionKind = (typeof kinds)[number]

/**
 * What defines something: a tree-sitter query for each grammar.
 *
 * A pattern captures a definition under its kind (`@class`). The first pattern that matches a node counts. Its name is
 * its field `name`, `property`, `key` or `left`, what lies at the bottom of its fields `declarator`, or the word `default`;
 * without any of these, what is in front of its `@body`. Captures beside it:
 * - `@name`, where none of these fields is the name, and `@owner`, a name to put in front of it
 * - `@body`: where the signature ends, if that is not the field `body`
 * - `@lead`: what belongs to the definition below it, as comments and decorators do, and the words that begin a group
 *
 * Properties say when it defines something, and are here because a query that names no children compiles faster:
 * - `(#set! value-of "pair variable_declarator")`: it is the value of such a node, which is the definition
 * - `(#set! with "name body")`: it has these fields
 * - `(#set! below "program export_statement")`: every node around it is one of these
 * - `(#set! in-code never)`: it is not inside of a function; `long`: nor is it there on a single line
 */

const held = `(#set! in-code long) (#set! value-of "variable_declarator pair field_definition public_field_definition \
assignment_expression export_statement")`

const javascript = `
[(comment) (decorator)] @lead
[(function_declaration) (generator_function_declaration)] @function
(class_declaration) @class
(method_definition) @method
([(arrow_function) (function_expression) (generator_function)] @function ${held})
((class) @class ${held})
((export_statement "default" value: (_) @value) @constant (#not-match? @value "^[\\\\w$]+$"))
((variable_declarator name: (identifier)) @constant (#set! below "program export_statement lexical_declaration \
variable_declaration ambient_declaration expression_statement internal_module module statement_block"))
`

const typescript = `${javascript}
(function_signature) @function
(abstract_class_declaration) @class
(abstract_method_signature) @method
(interface_declaration) @interface
(type_alias_declaration) @type
(enum_declaration) @enum
[(internal_module) (module)] @namespace
`

const python = `
[(comment) (decorator)] @lead
(function_definition) @function
(class_definition) @class
(type_alias_statement) @type
((assignment left: (identifier)) @constant (#set! below "module expression_statement"))
`

const go = `
(comment) @lead
(type_declaration "type" @lead)
(const_declaration "const" @lead)
(var_declaration "var" @lead)
(function_declaration) @function
(method_declaration receiver: (parameter_list (parameter_declaration type: [
  (type_identifier) @owner
  (generic_type type: (type_identifier) @owner)
  (pointer_type (type_identifier) @owner)
  (pointer_type (generic_type type: (type_identifier) @owner))
]))) @method
(method_declaration) @method
(type_spec type: (struct_type)) @struct
(type_spec type: (interface_type)) @interface
[(type_spec) (type_alias)] @type
([(const_spec) (var_spec)] @constant (#set! in-code never))
`

const rust = `
[(line_comment) (block_comment) (attribute_item)] @lead
[(function_item) (function_signature_item)] @function
(struct_item) @struct
(enum_item) @enum
(union_item) @union
(trait_item) @trait
(impl_item type: (_ type: (_) @name)) @impl
(impl_item type: (_) @name) @impl
(mod_item) @namespace
(type_item) @type
(macro_definition) @macro
([(const_item) (static_item)] @constant (#set! in-code never))
`

const java = `
[(line_comment) (block_comment)] @lead
[(class_declaration) (record_declaration)] @class
[(interface_declaration) (annotation_type_declaration)] @interface
(enum_declaration) @enum
[(method_declaration) (constructor_declaration) (compact_constructor_declaration)] @method
`

const cpp = `
[(comment) (attribute_declaration) (template_parameter_list) (requires_clause)] @lead
(function_definition) @function
([(declaration) (field_declaration)] @function (#set! in-code never))
((class_specifier) @class (#set! with "name body"))
((struct_specifier) @struct (#set! with "name body"))
((union_specifier) @union (#set! with "name body"))
((enum_specifier) @enum (#set! with "name body"))
((namespace_definition) @namespace (#set! with name))
[(alias_declaration) (concept_definition)] @type
(type_definition type: (struct_specifier body: (_))) @struct
(type_definition type: (union_specifier body: (_))) @union
(type_definition type: (enum_specifier body: (_))) @enum
(type_definition) @type
(preproc_function_def) @macro
`

const csharp = `
(comment) @lead
[(namespace_declaration) (file_scoped_namespace_declaration)] @namespace
[(class_declaration) (record_declaration)] @class
(struct_declaration) @struct
(interface_declaration) @interface
(enum_declaration) @enum
(delegate_declaration) @type
[(method_declaration) (constructor_declaration) (destructor_declaration)] @method
(operator_declaration operator: _ @name) @method
(indexer_declaration "this" @name) @method
(property_declaration value: (arrow_expression_clause) @body) @method
(property_declaration accessors: (accessor_list (accessor_declaration body: (_))) @body) @method
(local_function_statement) @function
`

const php = `
(comment) @lead
(namespace_definition) @namespace
(class_declaration) @class
(interface_declaration) @interface
(trait_declaration) @trait
(enum_declaration) @enum
(function_definition) @function
(method_declaration) @method
(const_declaration (const_element . (name) @name) @constant)
([(anonymous_function) (arrow_function)] @function (#set! value-of assignment_expression) (#set! in-code long))
`

const ruby = `
(comment) @lead
(module) @namespace
(class) @class
[(method) (singleton_method)] @function
((assignment left: (constant)) @constant (#set! in-code never))
`

const bash = `
(comment) @lead
(function_definition) @function
`

const powershell = `
(comment) @lead
(function_statement (function_name) @name "{" @body) @function
(class_statement . (simple_name) @name "{" @body) @class
(class_method_definition (simple_name) @name "{" @body) @method
(enum_statement . (simple_name) @name "{" @body) @enum
`

const css = `
(comment) @lead
(rule_set (block) @body) @rule
(media_statement (block) @body) @rule
(supports_statement (block) @body) @rule
(keyframes_statement (keyframe_block_list) @body) @rule
(at_rule (block) @body) @rule
`

const ini = `
(comment) @lead
(section (section_name (text) @name)) @section
`

/** By grammar of @vscode/tree-sitter-wasm: the build takes these from it. */
export const tags = {
  bash,
  'c-sharp': csharp,
  cpp,
  css,
  go,
  ini,
  java,
  javascript,
  php,
  powershell,
  python,
  ruby,
  rust,
  tsx: typescript,
  typescript,
}

export type Grammar = keyof typeof tags
