import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { compileQuickly } from '../v8.ts'
import type * as TreeSitter from '@vscode/tree-sitter-wasm'
import { assetsFolder } from '../assets.ts'
import { type Grammar, tags } from './tags.ts'

type Library = typeof TreeSitter

/** One parse may take so long. On hostile text time is memory too: some 300 MB in half a second. */
const limitMs = 400
/** Characters of the first and the second try. */
const limits = [300_000, 10_000]

let library: Promise<Library> | undefined
const languages = new Map<Grammar, Promise<TreeSitter.Language>>()
const queries = new Map<Grammar, TreeSitter.Query>()

/** `matches` finds the grammar's tags. `deadline` (as of performance.now()) is for whoever walks the tree. */
export type Parsed = {
  tree: TreeSitter.Tree
  matches: () => TreeSitter.QueryMatch[]
  deadline: number
}

/**
 * Parses a text and hands the tree to `use`, then frees it. A text too long or too slow is parsed by its beginning alone, or
 * with `whole` not at all; undefined when that does not work.
 */
export type Reader = <T>(text: string, use: (parsed: Parsed) => T, options?: { whole?: boolean }) => T | undefined

/** Once it is loaded, reading takes no waiting. */
export async function loadReader(grammar: Grammar): Promise<Reader> {
  const loaded = await loadParser()
  const language = await loadLanguage(grammar, loaded)
  return (text, use, { whole = false } = {}) => {
    const parser = new loaded.Parser()
    try {
      parser.setLanguage(language)
      for (const limit of limits) {
        if (whole && text.length > limit) break
        const tree = parser.parse(text.slice(0, limit), null, { progressCallback: until(performance.now() + limitMs) })
        if (tree !== null) {
          try {
            const matches = () => {
              const query = queries.get(grammar) ?? new loaded.Query(language, tags[grammar])
              queries.set(grammar, query)
              return query.matches(tree.rootNode, { progressCallback: until(performance.now() + limitMs) })
            }
            return use({ tree, matches, deadline: performance.now() + limitMs })
          } finally {
            tree.delete()
          }
        }
        parser.reset()
      }
      return undefined
    } finally {
      parser.delete()
    }
  }
}

/** Loads the grammar where it was not, and reads one text. */
export async function withTree<T>(
  text: string,
  grammar: Grammar,
  use: (parsed: Parsed) => T,
  options?: { whole?: boolean },
): Promise<T | undefined> {
  return (await loadReader(grammar))(text, use, options)
}

/** What every grammar needs, which takes the most of the time that the first reading takes. */
export function loadParser(): Promise<Library> {
  return (library ??= loadLibrary())
}

/** Typed as returning nothing, but a true stops what reports its progress. */
function until(deadline: number): () => boolean {
  return () => performance.now() > deadline
}

async function loadLibrary(): Promise<Library> {
  // CommonJS: the classes are properties of its default export, whatever its types say.
  const { default: loaded } = (await import('@vscode/tree-sitter-wasm')) as unknown as { default: Library }
  compileQuickly()
  const folder = grammarsFolder()
  await loaded.Parser.init({ locateFile: (file) => join(folder, file) })
  return loaded
}

function grammarsFolder(): string {
  const built = join(assetsFolder, 'grammars')
  if (existsSync(built)) return built
  return dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'))
}

function loadLanguage(grammar: Grammar, { Language }: Library): Promise<TreeSitter.Language> {
  const loading = languages.get(grammar) ?? Language.load(join(grammarsFolder(), `tree-sitter-${grammar}.wasm`))
  languages.set(grammar, loading)
  return loading
}
