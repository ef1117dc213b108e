// Bundles the program into dist/: a tiny entry, chunks loaded when an action needs them, the skills and the grammars.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { context } from 'esbuild'

const grammars = ['typescript', 'tsx', 'javascript', 'python', 'go', 'rust', 'java', 'cpp']
const watch = process.argv.includes('--watch')
/** For who builds only to run it at once, again and again. */
const withTypes = !process.argv.includes('--no-types')

rmSync('dist', { recursive: true, force: true })
mkdirSync('dist/grammars', { recursive: true })
cpSync('skills', 'dist/skills', { recursive: true })
const wasm = dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'))
cpSync(join(wasm, 'tree-sitter.wasm'), 'dist/grammars/tree-sitter.wasm')
for (const name of grammars) {
  cpSync(join(wasm, `tree-sitter-${name}.wasm`), `dist/grammars/tree-sitter-${name}.wasm`)
}
cpSync(join(wasm, '..', 'LICENSE'), 'dist/grammars/LICENSE')

/**
 * An `import` of one of Node's own modules reads all its exports, and for those of node:http and node:crypto Node loads
 * its whole fetch and WebCrypto. Asked for by name they come alone, and sooner.
 */
const builtIns = {
  name: 'built-ins',
  setup(build) {
    build.initialOptions.write = false
    build.onEnd(({ outputFiles }) => {
      for (const { path, text, contents } of outputFiles) {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, path.endsWith('.js') ? withoutImports(text) : contents)
      }
    })
  },
}

function withoutImports(code) {
  return code
    .replace(/\bimport\{([\w$ ,]*)\}from"(node:[\w/]+)";/g, (_, names, module) => {
      return `const{${names.replaceAll(' as ', ':')}}=process.getBuiltinModule("${module}");`
    })
    .replace(/\bimport(?:\*as)? ?([\w$]+) from"(node:[\w/]+)";/g, 'const $1=process.getBuiltinModule("$2");')
}

/** commander starts commands that are programs of their own; we have none, so the help need not load what starts them. */
const noPrograms = {
  name: 'no-programs',
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'child_process', namespace: 'empty' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** Checks the built-in skills once and for all: a start reads what came out of it (src/skill/built.ts). */
async function writeBuiltSkills() {
  const { loadSkill } = await import(pathToFileURL('dist/lib/index.js').href)
  for (const name of readdirSync('dist/skills')) {
    const file = `dist/skills/${name}/skill.yaml`
    const skill = { ...(await loadSkill(file)), file: undefined, origin: 'built-in' }
    writeFileSync(`dist/skills/${name}/skill.json`, JSON.stringify(skill))
  }
}

const options = {
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  define: {
    __VERSION__: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version),
    // tree-sitter.js asks for it as it starts.
    __filename: 'import.meta.filename',
    // The ollama package tests for it, which makes Node load its whole fetch; our transport has no use for it.
    Headers: 'Map',
  },
  metafile: true,
  logLevel: 'warning',
}

/** By itself, so that nothing it holds is shared with a chunk: `--version` opens one file. */
const entry = await context({
  ...options,
  entryPoints: { 'bin/local-brain': 'src/cli/main.ts' },
  plugins: [
    {
      name: 'program',
      setup(build) {
        build.onResolve({ filter: /^\.\/program\.ts$/ }, () => ({ path: '../chunks/program.js', external: true }))
      },
    },
  ],
})

const chunks = await context({
  ...options,
  entryPoints: { 'chunks/program': 'src/cli/program.ts', 'lib/index': 'src/index.ts' },
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  legalComments: 'linked',
  external: ['chokidar'],
  // Its CommonJS build, which Node's condition names, can't be split off as a chunk with named exports.
  alias: { yaml: join(process.cwd(), 'node_modules/yaml/browser/index.js') },
  // CommonJS packages inside an ES module still require Node's own modules, and nothing else.
  banner: { js: 'const require=process.getBuiltinModule;' },
  plugins: [builtIns, noPrograms],
})

if (watch) {
  await Promise.all([entry.watch(), chunks.watch()])
} else {
  const [{ metafile }, { metafile: rest }] = await Promise.all([entry.rebuild(), chunks.rebuild()])
  await Promise.all([entry.dispose(), chunks.dispose()])
  const outputs = { ...metafile.outputs, ...rest.outputs }
  writeFileSync('dist/meta.json', JSON.stringify({ inputs: rest.inputs, outputs }))
  chmodSync('dist/bin/local-brain.js', 0o755)
  await writeBuiltSkills()
  if (withTypes) {
    execFileSync(process.execPath, ['node_modules/typescript/lib/tsc.js', '-p', 'tsconfig.types.json'], {
      stdio: 'inherit',
    })
  }
}
