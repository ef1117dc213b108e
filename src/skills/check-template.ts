import { LocalBrainError } from '../errors.ts'
import { suggestion } from '../text/nearest.ts'
import { isPlainText, loadNunjucks, maxTemplate, type Nunjucks, type TemplateNode } from './nunjucks.ts'

/** Something that is wrong with a skill, and a hint on how to fix it. */
export type Problem = {
  message: string
  hint?: string
  /** The skill runs all the same; whoever writes it should know. */
  harmless?: boolean
}

/**
 * The names that a template may use, and those of them for which `default()` makes sense. `used` collects what it does
 * use.
 */
export type TemplateNames = { known: readonly string[]; optional: readonly string[]; used?: Set<string> }

const filterNames = 'default d trim upper lower capitalize length count join first last dump'.split(' ')
/** The allowed members: the fields of a file and of `loop`. */
const members = 'path language content index index0 revindex revindex0 first last length'.split(' ')

const maxTags = 300
const maxTagTokens = 400
const maxDepth = 20
const maxLoops = 2
const identifier = /^[A-Za-z_]\w{0,63}$/

/** The fields with child nodes, by type of node. A type that is neither here nor in `inspectors` is refused. */
const parts: Readonly<Record<string, readonly string[]>> = {
  Root: ['children'],
  NodeList: ['children'],
  Output: ['children'],
  Group: ['children'],
  Array: ['children'],
  TemplateData: [],
  If: ['cond', 'body', 'else_'],
  InlineIf: ['cond', 'body', 'else_'],
  Not: ['target'],
  And: ['left', 'right'],
  Or: ['left', 'right'],
  In: ['left', 'right'],
  Compare: ['expr', 'ops'],
  CompareOperand: ['expr'],
}

const refused: Readonly<Record<string, string>> = {
  FunCall: 'a call',
  Macro: 'a macro',
  Caller: 'a macro',
  Include: 'an include',
  Import: 'an import',
  FromImport: 'an import',
  Extends: 'an extends',
  Dict: 'a dictionary',
}

type Scope = { names: Set<string>; optional: readonly string[]; used: Set<string>; loops: number }

/** Compiles a template that passes the allowlist to JavaScript. Throws LocalBrainError('invalid-skill'). */
export async function compileTemplate(source: string, names: TemplateNames, label: string): Promise<string> {
  const nunjucks = await loadNunjucks()
  const [problem] = checkTemplate(nunjucks, source, names)
  if (problem) throw new LocalBrainError('invalid-skill', `${label} ${problem.message}`, problem)
  return toCode(nunjucks, source)
}

/** Compiles a template that was checked. */
export function toCode(nunjucks: Nunjucks, source: string): string {
  return nunjucks.compiler.compile(source, [], [], undefined, { autoescape: false, throwOnUndefined: true })
}

/**
 * Checks a parsed template against an allowlist. nunjucks compiles templates to JavaScript and is not a sandbox, so a
 * template must pass here before it is compiled. Sizes are checked before its recursive parser runs.
 */
export function checkTemplate(nunjucks: Nunjucks, source: string, names: TemplateNames): Problem[] {
  if (source.length > maxTemplate) return [{ message: `is longer than ${maxTemplate} characters` }]
  try {
    if (isPlainText(source)) return []
    const oversize = measure(nunjucks, source)
    if (oversize !== undefined) return [{ message: oversize }]
    const scope = { names: new Set(names.known), optional: names.optional, used: names.used ?? new Set(), loops: 0 }
    // guard: template-check
    return [...inspect(nunjucks.parser.parse(source), scope)]
  } catch (error) {
    return [{ message: `cannot be parsed: ${parserMessage(error)}` }]
  }
}

function measure(nunjucks: Nunjucks, source: string): string | undefined {
  const tokens = nunjucks.lexer.lex(source)
  let [tags, length, depth] = [0, 0, 0]
  for (let token = tokens.nextToken(); token; token = tokens.nextToken()) {
    length++
    if (token.type.startsWith('left-')) depth++
    else if (token.type.startsWith('right-')) depth--
    else if (token.type.endsWith('-start')) [tags, length, depth] = [tags + 1, 0, 0]
    if (tags > maxTags) return `has more than ${maxTags} tags`
    if (length > maxTagTokens) return `has a tag of more than ${maxTagTokens} words`
    if (depth > maxDepth) return `has brackets nested deeper than ${maxDepth} levels`
  }
  return undefined
}

function* inspect(node: TemplateNode, scope: Scope): Generator<Problem> {
  const special = inspectors[node.typename]
  const fields = parts[node.typename]
  if (special) yield* special(node, scope)
  else if (!fields) yield problem(node, `${refused[node.typename] ?? `"${node.typename}"`} is not allowed`)
  else for (const child of fields.flatMap((field) => nodesIn(node[field]))) yield* inspect(child, scope)
}

const inspectors: Readonly<Record<string, (node: TemplateNode, scope: Scope) => Generator<Problem>>> = {
  *Literal(node) {
    if (node.value instanceof RegExp) yield problem(node, 'a regular expression is not allowed')
  },
  *Symbol(node, scope) {
    const name = String(node.value)
    scope.used.add(name)
    if (scope.names.has(name)) return
    yield problem(node, `unknown name "${name}"`, suggestion(name, [...scope.names]))
  },
  *LookupVal(node, scope) {
    for (const target of nodesIn(node.target)) yield* inspect(target, scope)
    const [key] = nodesIn(node.val)
    if (key?.typename !== 'Literal') yield problem(node, 'a computed lookup is not allowed')
    else if (!Number.isInteger(key.value) && !members.includes(String(key.value))) {
      yield problem(node, `unknown member "${String(key.value)}"`, suggestion(String(key.value), members))
    }
  },
  *Filter(node, scope) {
    yield* inspectFilter(node, scope)
  },
  *Is(node, scope) {
    for (const left of nodesIn(node.left)) yield* inspect(left, scope)
    const [test] = nodesIn(node.right)
    if (test?.typename !== 'Symbol' || test.value !== 'defined')
      yield problem(node, 'the only allowed test is "is defined"')
  },
  *For(node, scope) {
    const inside = { ...scope, names: new Set(scope.names), loops: scope.loops + 1 }
    // guard: template-loops
    if (inside.loops > maxLoops) yield problem(node, `loops are nested deeper than ${maxLoops} levels`)
    for (const list of nodesIn(node.arr)) yield* inspect(list, scope)
    yield* declare(node, nodesIn(node.name), inside.names)
    inside.names.add('loop')
    for (const body of nodesIn(node.body)) yield* inspect(body, inside)
    for (const body of nodesIn(node.else_)) yield* inspect(body, scope)
  },
  *Set(node, scope) {
    const values = nodesIn(node.value)
    if (values.length === 0) yield problem(node, 'a block {% set %} is not allowed')
    for (const value of values) yield* inspect(value, scope)
    yield* declare(node, nodesIn(node.targets), scope.names)
  },
}

function* inspectFilter(node: TemplateNode, scope: Scope): Generator<Problem> {
  const name = String(nodesIn(node.name)[0]?.value)
  const [target, ...args] = nodesIn(nodesIn(node.args)[0]?.children)
  if (!filterNames.includes(name)) yield problem(node, `unknown filter "${name}"`, suggestion(name, filterNames))
  if (target) yield* inspect(target, scope)
  const isDefault = name === 'default' || name === 'd'
  if (isDefault && !(target?.typename === 'Symbol' && scope.optional.includes(String(target.value)))) {
    yield problem(node, `default() is only for ${scope.optional.join(', ')}`)
  }
  for (const arg of args) {
    if (isDefault || arg.typename === 'Literal') yield* inspect(arg, scope)
    else yield problem(node, `an argument of "${name}" must be a literal`)
  }
}

// Names become part of the JavaScript that nunjucks writes, and its scanner allows quotes in them.
function* declare(node: TemplateNode, targets: readonly TemplateNode[], names: Set<string>): Generator<Problem> {
  for (const target of targets) {
    const name = String(target.value)
    if (target.typename === 'Symbol' && identifier.test(name)) names.add(name)
    else yield problem(node, 'a variable needs a plain name')
  }
}

function nodesIn(field: unknown): TemplateNode[] {
  if (Array.isArray(field)) return field.flatMap(nodesIn)
  return typeof field === 'object' && field !== null && 'typename' in field ? [field as TemplateNode] : []
}

function problem(node: TemplateNode, message: string, hint?: string): Problem {
  return { message: `line ${node.lineno + 1}: ${message}`, hint }
}

function parserMessage(error: unknown): string {
  if (error instanceof RangeError || error instanceof TypeError || !(error instanceof Error)) return 'malformed tag'
  const line = 'lineno' in error && typeof error.lineno === 'number' ? `line ${error.lineno}: ` : ''
  return line + error.message.replace(/^parse\w+: /, '')
}
