import { createRequire } from 'node:module'
import { basename, join } from 'node:path'

type Chunk = { exports: unknown }
type Body = (...parts: [exports: unknown, require: typeof load, module: Chunk, file: string, folder: string]) => void

const folder = import.meta.dirname
const native = createRequire(import.meta.url)
const chunks = new Map<string, Chunk>()

/** What was loaded, by the name of its file: for the build, which keeps the code that V8 made of it. */
export const scripts = new Map<string, { createCachedData(): Buffer }>()

/**
 * `require` for the files of the program: with the code that V8 made of each when the program was built, so that it need
 * not do so again. Where that does not fit after all, V8 compiles the source. Node's own modules come from Node.
 */
export function load(id: string): unknown {
  if (!id.startsWith('.')) return native(id)
  const name = basename(id)
  const known = chunks.get(name)
  if (known !== undefined) return known.exports
  const chunk: Chunk = { exports: {} }
  const body = compile(name)
  chunks.set(name, chunk)
  body(chunk.exports, load, chunk, join(folder, name), folder)
  return chunk.exports
}

function compile(name: string): Body {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const { Script, constants } = process.getBuiltinModule('node:vm')
  const file = join(folder, name)
  const source = readFileSync(file, 'utf8')
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    cachedData: keptCode(file),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  scripts.set(name, script)
  return script.runInThisContext() as Body
}

/** Undefined for a chunk that the build did not run. */
function keptCode(file: string): Buffer | undefined {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(file.replace(/\.js$/, '.code'))
  } catch {
    return undefined
  }
}
