import type { Node, QueryMatch } from '@vscode/tree-sitter-wasm'
import { clipLine } from '../text/clip.ts'
import { type DefinitionKind, kinds } from './tags.ts'

/** What a pattern of tags.ts has found: a definition, or what leads up to one. */
export type Tag = {
  kind: DefinitionKind | 'lead'
  node: Node
  /** What the name is given, where `node` is more than that. */
  value: Node | undefined
  parts: Parts
  inCode: string | null | undefined
}

type Parts = Partial<Record<string, Node>>
type Properties = NonNullable<QueryMatch['setProperties']>

/** In the order of the text, the outer before the inner; of each node what the first pattern says. */
export function tagsOf(matches: readonly QueryMatch[]): Tag[] {
  const tags = new Map<number, Tag & { pattern: number }>()
  for (const match of matches) {
    const tag = toTag(match)
    if (tag === undefined || (tags.get(tag.node.id)?.pattern ?? Infinity) <= match.patternIndex) continue
    tags.set(tag.node.id, { ...tag, pattern: match.patternIndex })
  }
  return [...tags.values()].sort((a, b) => a.node.startIndex - b.node.startIndex || b.node.endIndex - a.node.endIndex)
}

function toTag({ captures, setProperties = {} }: QueryMatch): Tag | undefined {
  const parts: Parts = Object.fromEntries(captures.map(({ name, node }) => [name, node]))
  const kind = kinds.find((one) => one in parts) ?? 'lead'
  const found = parts[kind]
  const holders = setProperties['value-of']?.split(' ')
  const node = holders ? found?.parent : found
  if (!node || holders?.includes(node.type) === false || !fits(node, setProperties)) return undefined
  return { kind, node, value: holders && found, parts, inCode: setProperties['in-code'] }
}

/** Whether a node has the fields that its pattern asks for, and lies where that wants it. */
function fits(node: Node, properties: Properties): boolean {
  if (properties.with?.split(' ').some((field) => node.childForFieldName(field) === null)) return false
  const around = properties.below?.split(' ')
  for (let outer = around ? node.parent : null; outer !== null; outer = outer.parent) {
    if (!around?.includes(outer.type)) return false
  }
  return true
}

/** What a function inside of it is a method of. */
const owners = new Set<DefinitionKind | undefined>([
  'class',
  'interface',
  'struct',
  'enum',
  'union',
  'trait',
  'impl',
  'constant',
])

const maxLength = 200

/** What a tag defines inside of a definition of kind `outer`; undefined when that is nothing. */
export function describe(
  tag: Tag,
  outer: DefinitionKind | undefined,
  text: string,
): { kind: DefinitionKind; name: string; signature: string } | undefined {
  const { kind, node, parts, inCode } = tag
  const isInCode = outer === 'function' || outer === 'method'
  if (kind === 'lead' || (isInCode && (inCode === 'never' || (inCode === 'long' && isOnOneLine(tag))))) return undefined
  const declared = declaredBy(node)
  if (kind === 'function' && declared && declared.parent?.type !== 'function_declarator') return undefined
  const at = parts.name ?? fieldOf(node, ['name', 'property', 'key', 'left']) ?? declared ?? defaultOf(node)
  if (at === undefined && parts.body === undefined) return undefined
  const isMethod = kind === 'function' && (owners.has(outer) || at?.type === 'qualified_identifier')
  const signature = signatureOf(tag, at ?? node, text)
  const name = at ? oneLine(at.text) : signature
  return {
    kind: isMethod ? 'method' : kind,
    name: parts.owner ? `${parts.owner.text}.${name}` : name,
    signature,
  }
}

function isOnOneLine({ node, value = node }: Tag): boolean {
  return value.startPosition.row === value.endPosition.row
}

function fieldOf(node: Node | undefined, fields: readonly string[]): Node | undefined {
  return fields.map((field) => node?.childForFieldName(field)).find((child) => child) ?? undefined
}

/** C has a name at the bottom of declarators: `int *(*f(int a))(void)`. */
function declaredBy(node: Node): Node | undefined {
  let at = node.childForFieldName('declarator')
  while (at?.type.endsWith('_declarator')) at = at.childForFieldName('declarator') ?? at.lastNamedChild
  return at ?? undefined
}

function defaultOf(node: Node): Node | undefined {
  return node.children.find((child) => child?.type === 'default') ?? undefined
}

/** The lines up to the body, on one line. */
function signatureOf({ kind, node, value, parts }: Tag, at: Node, text: string): string {
  const body = parts.body ?? fieldOf(node, ['body']) ?? fieldOf(value, ['body'])
  const comment = node.namedChildren.find((child) => child?.type === 'comment' && child.startIndex > at.startIndex)
  const lineStart = text.lastIndexOf('\n', at.startIndex - 1) + 1
  // Words such as `export const` are in front of the node; anything else there is other code.
  const start = /^[\s\w]*$/.test(text.slice(lineStart, node.startIndex)) ? lineStart : node.startIndex
  const end = Math.min(body?.startIndex ?? node.endIndex, comment?.startIndex ?? Infinity, start + 4 * maxLength)
  const code = text.slice(start, end)
  const whole = body || kind === 'function' || kind === 'method' ? code : (code.trimStart().split('\n', 1)[0] ?? '')
  return oneLine(whole.trimEnd().replace(/\s*(=>|[{([:=;])$/, ''))
}

function oneLine(code: string): string {
  const line = code
    .slice(0, 4 * maxLength)
    .replace(/\s+/g, ' ')
    .trim()
  return clipLine(line, maxLength)
}
