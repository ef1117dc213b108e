import { posix } from 'node:path'
import { compileGlob } from '../workspace/glob.ts'
import { unquoteName } from './quoted-name.ts'

/** Set or unset; absent where nothing is said. */
export type Attributes = ReadonlyMap<string, boolean>

type Assignment = { attribute: string; value: boolean | undefined }
type Rule = { isMatch: (path: string) => boolean; assignments: Assignment[] }

/** One `.gitattributes`, with the folder that it is about. */
export type AttributeFile = { folder: string; rules: Rule[]; macros: Map<string, Assignment[]> }

/** What git calls a pattern; a longer one is no name of a file. */
const maxPatternChars = 500

/** The rules of a `.gitattributes` in a folder, relative to the top. */
export function readAttributeFile(folder: string, text: string): AttributeFile {
  const file: AttributeFile = { folder, rules: [], macros: new Map() }
  for (const line of text.split('\n')) {
    const [pattern, ...words] = wordsOf(line)
    if (pattern === undefined || pattern.length > maxPatternChars) continue
    const assignments = words.map(parseWord)
    if (pattern.startsWith('[attr]')) file.macros.set(pattern.slice('[attr]'.length), assignments)
    else if (!pattern.startsWith('!') && !pattern.endsWith('/'))
      file.rules.push({ isMatch: matcher(pattern), assignments })
  }
  return file
}

function wordsOf(line: string): string[] {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return []
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text)?.[0]
  const words = text.slice(quoted?.length ?? 0).split(/\s+/)
  return quoted === undefined ? words : [unquoteName(quoted), ...words.filter((word) => word !== '')]
}

function parseWord(word: string): Assignment {
  if (word.startsWith('-')) return { attribute: word.slice(1), value: false }
  if (word.startsWith('!')) return { attribute: word.slice(1), value: undefined }
  const [attribute = '', value] = word.split('=', 2)
  if (value === undefined || /^(?:true|1|yes)$/i.test(value)) return { attribute, value: true }
  return { attribute, value: /^(?:false|0|no)$/i.test(value) ? false : undefined }
}

/** A pattern without a slash is about names at any depth. */
function matcher(pattern: string): (path: string) => boolean {
  const isPath = pattern.includes('/')
  const isMatch = compileGlob(pattern.replace(/^\//, ''))
  return (path) => isMatch(isPath ? path : posix.basename(path))
}

/** `binary` is the one macro that git itself has. */
const builtIn: readonly [string, Assignment[]][] = [['binary', [{ attribute: 'diff', value: false }]]]

/** What files say of a path, the deeper ones and the later lines last, as git has it. */
export function attributesOf(files: readonly AttributeFile[], path: string): Attributes {
  const found = new Map<string, boolean>()
  const macros = new Map([...builtIn, ...files.flatMap((file) => [...file.macros])])
  for (const { folder, rules } of files) {
    const below = folder === '.' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined
    if (below === undefined) continue
    for (const { isMatch, assignments } of rules) if (isMatch(below)) assign(found, assignments, macros)
  }
  return found
}

function assign(
  found: Map<string, boolean>,
  assignments: readonly Assignment[],
  macros: ReadonlyMap<string, Assignment[]>,
): void {
  for (const { attribute, value } of assignments) {
    if (value === undefined) found.delete(attribute)
    else found.set(attribute, value)
    for (const inner of (value === true && macros.get(attribute)) || []) {
      if (inner.value === undefined) found.delete(inner.attribute)
      else found.set(inner.attribute, inner.value)
    }
  }
}
