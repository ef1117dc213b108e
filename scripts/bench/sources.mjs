import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** A temporary folder, gone when the process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'local-brain-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What is measured from inside, bundled from the sources as the program is. The grammars lie beside it. */
export async function loadSources() {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'bench'))
  symlinkSync(resolve('dist/grammars'), join(folder, 'grammars'))
  const outfile = join(folder, 'bench', 'sources.mjs')
  const contents = `
    export { startScriptedOllama, reply } from './src/demo/scripted-ollama.ts'
    export { openWorkspace } from './src/workspace/open.ts'
    export { gather } from './src/sources/index.ts'
    export { splitUnit } from './src/sources/split.ts'
    export { ground } from './src/findings/ground.ts'
    export { readLines } from './src/models/wire/ndjson.ts'`
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['chokidar'],
    alias: { yaml: resolve('node_modules/yaml/browser/index.js') },
    define: { __filename: 'import.meta.filename', Headers: 'Map' },
    banner: { js: 'const require=process.getBuiltinModule;' },
    logLevel: 'error',
  })
  return import(pathToFileURL(outfile).href)
}
