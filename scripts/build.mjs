// Bundles the program into dist/: a tiny entry, chunks loaded when an action needs them, the skills and the grammars.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { context } from 'esbuild'

const grammars = ['typescript', 'tsx', 'javascript', 'python', 'go', 'rust', 'java', 'cpp']
const watch = process.argv.includes('--watch')

rmSync('dist', { recursive: true, force: true })
mkdirSync('dist/grammars', { recursive: true })
cpSync('skills', 'dist/skills', { recursive: true })
const wasm = dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'))
cpSync(join(wasm, 'tree-sitter.wasm'), 'dist/grammars/tree-sitter.wasm')
for (const name of grammars) {
  cpSync(join(wasm, `tree-sitter-${name}.wasm`), `dist/grammars/tree-sitter-${name}.wasm`)
}
cpSync(join(wasm, '..', 'LICENSE'), 'dist/grammars/LICENSE')

const build = await context({
  entryPoints: { 'bin/local-brain': 'src/cli/main.ts', 'lib/index': 'src/index.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'linked',
  external: ['chokidar'],
  // Its CommonJS build, which Node's condition names, can't be split off as a chunk with named exports.
  alias: { yaml: join(process.cwd(), 'node_modules/yaml/browser/index.js') },
  define: {
    __VERSION__: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version),
    // tree-sitter.js asks for it as it starts.
    __filename: 'import.meta.filename',
    // The ollama package tests for it, which makes Node load its whole fetch; our transport has no use for it.
    Headers: 'Map',
  },
  metafile: true,
  logLevel: 'warning',
  // CommonJS packages inside an ES module bundle still ask for Node's own modules through require.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
})

if (watch) {
  await build.watch()
} else {
  const { metafile } = await build.rebuild()
  await build.dispose()
  writeFileSync('dist/meta.json', JSON.stringify(metafile))
  if (existsSync('dist/bin/local-brain.js')) chmodSync('dist/bin/local-brain.js', 0o755)
  execFileSync(process.execPath, ['node_modules/typescript/lib/tsc.js', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  })
}
