import type { CST, Document } from 'yaml'
import { LocalBrainError } from '../errors.ts'
import { codePoint } from '../text/escape.ts'

const maxDepth = 20
const maxWords = 4000
const collections: readonly string[] = ['block-map', 'block-seq', 'flow-collection']

// Characters that a person would not see: controls, direction overrides, tag characters.
const hidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u

/**
 * Parses a YAML file with one document to plain data. The text is split into words and tokens first, without recursion,
 * and only a small and shallow tree of tokens is composed: deep nesting overflows the composer's stack, and it compares
 * keys in pairs. Throws LocalBrainError('invalid-skill') with file and line.
 */
export async function parseYaml(
  text: string,
  file: string,
  hint = `local-brain skills check ${file}`,
): Promise<unknown> {
  // In the bundle, a CommonJS package that is loaded late has only a default export.
  const { default: yaml } = await import('yaml')
  const { Composer, Lexer, LineCounter, Parser } = yaml
  const lines = new LineCounter()
  const refuse = (problem: string, offset = 0) =>
    new LocalBrainError('invalid-skill', `${file}:${lines.linePos(offset).line}: ${problem}`, { hint })

  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  let words = 0
  lines.addNewLine(0)
  for (const word of new Lexer().lex(text)) {
    // guard: yaml-words
    if (++words > maxWords) throw refuse(`has more than ${maxWords} words and marks`, parser.offset)
    tokens.push(...parser.next(word))
  }
  tokens.push(...parser.end())

  const unseen = findHidden(text)
  // guard: yaml-invisible
  if (unseen) throw refuse(`has an invisible character (${unseen.codePoint})`, unseen.index)
  const fault = findFault(tokens)
  if (fault) throw refuse(fault.problem, fault.offset)

  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    lineCounter: lines,
  })
  const [document] = composer.compose(tokens, true, text.length)
  if (!document) throw refuse('is empty')
  // guard: yaml-tag
  const complaint = document.errors[0] ?? document.warnings[0]
  if (complaint) throw refuse(complaint.message, complaint.pos[0])
  // guard: yaml-alias-count
  const value: unknown = document.toJS({ maxAliasCount: 0 })
  // guard: yaml-invisible-escape
  if (hasHidden(value)) throw refuse('has an escape for an invisible character')
  return value
}

/** Writes plain data as YAML that parseYaml reads back to the same data. */
export async function formatYaml(value: unknown): Promise<string> {
  const { default: yaml } = await import('yaml')
  return yaml.stringify(value, { version: '1.2', schema: 'core', lineWidth: 0 })
}

/**
 * A YAML text with one value set, as it would be written there, or, without a value, removed. The rest stays as it is.
 * Undefined where there is nothing to remove, and where a part of the path is no mapping.
 */
export async function editYaml(
  text: string,
  path: readonly string[],
  change?: { value: string },
): Promise<string | undefined> {
  const { default: yaml } = await import('yaml')
  const document = yaml.parseDocument(text, { version: '1.2', schema: 'core' })
  try {
    if (change === undefined && !document.deleteIn(path)) return undefined
    if (change !== undefined)
      document.setIn(path, scalarOf(yaml.parseDocument(change.value, { schema: 'core' }), change.value))
  } catch {
    return undefined
  }
  return document.toString({ lineWidth: 0 })
}

/** The line of a key, counted from 1: where it is not found, of the closest one that holds it. */
export async function lineOf(text: string, path: readonly string[]): Promise<number> {
  const { default: yaml } = await import('yaml')
  const lines = new yaml.LineCounter()
  let node: unknown = yaml.parseDocument(text, { version: '1.2', schema: 'core', lineCounter: lines }).contents
  let offset = yaml.isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const part of path) {
    if (yaml.isMap(node)) {
      const pair = node.items.find(({ key }) => yaml.isScalar(key) && String(key.value) === part)
      if (yaml.isNode(pair?.key)) offset = pair.key.range?.[0] ?? offset
      node = pair?.value
    } else if (yaml.isSeq(node)) {
      node = node.items[Number(part)]
      if (yaml.isNode(node)) offset = node.range?.[0] ?? offset
    }
  }
  return lines.linePos(offset).line
}

/** What cannot be read as YAML is the text itself. */
function scalarOf(document: Document.Parsed, text: string): unknown {
  return document.errors.length > 0 ? text : (document.toJS() as unknown)
}

/** The first character that a person would not see, as `U+202E`. */
export function findHidden(text: string): { index: number; codePoint: string } | undefined {
  const found = hidden.exec(text)
  return found ? { index: found.index, codePoint: codePoint(found[0]) } : undefined
}

type Fault = { problem: string; offset: number }

function findFault(tokens: readonly CST.Token[]): Fault | undefined {
  const directive = tokens.find((token) => token.type === 'directive')
  // guard: yaml-directive
  if (directive) return { problem: 'a % directive is not allowed', offset: directive.offset }
  const second = tokens.filter((token) => token.type === 'document')[1]
  if (second) return { problem: 'only one document is allowed', offset: second.offset }

  const open = tokens.map((token) => ({ token, depth: 0 }))
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const { token } = entry
    const depth = collections.includes(token.type) ? entry.depth + 1 : entry.depth
    // guard: yaml-depth
    if (depth > maxDepth) return { problem: `is nested deeper than ${maxDepth} levels`, offset: token.offset }
    // guard: yaml-alias
    if (token.type === 'alias') return { problem: 'an alias (*name) is not allowed', offset: token.offset }
    for (const child of childrenOf(token)) open.push({ token: child, depth })
  }
  return undefined
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : []
  if (!('items' in token)) return []
  return token.items.flatMap((item) => [item.key, item.value]).filter((child) => child !== null && child !== undefined)
}

function hasHidden(value: unknown): boolean {
  if (typeof value === 'string') return hidden.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, item]) => hidden.test(key) || hasHidden(item))
}
