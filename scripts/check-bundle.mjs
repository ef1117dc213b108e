// Holds the start to its promise without a clock: which files are read before an action begins, and how many bytes.
// Reads dist/meta.json, so it wants a build first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const { chunks, packages } = JSON.parse(readFileSync('dist/meta.json', 'utf8'))

/** Packages that have no place in a run before it asks. */
const loadedLate = [
  'yaml',
  'zod',
  'nunjucks',
  'simple-git',
  'fast-glob',
  'ignore',
  'ollama',
  'jsonrepair',
  'diff',
  '@vscode/tree-sitter-wasm',
]

/** What each start reads, whatever is imported late left out. `only`: sources that may be among it; `never`: packages that may not. */
const starts = [
  { name: 'the version', source: 'src/doors/cli/main.ts', maxBytes: 640, only: /^src\/doors\/cli\/main\.ts$/ },
  {
    name: 'the help',
    source: 'src/doors/cli/program.ts',
    maxBytes: 64_000,
    only: /^src\/(doors\/cli\/(program|flags|flag-values|keep-alive|output|stdin|settings|commands\/index)|report\/formats|engines\/kinds\.built|store\/paths|errors)\.ts$|\0(empty|rolldown)|\bnode_modules\/commander\//,
  },
  {
    name: 'a run before it asks',
    source: 'src/doors/cli/commands/run.ts',
    maxBytes: 220_000,
    never: loadedLate,
  },
  { name: 'a dry run', source: 'src/engines/ollama/engine.ts', maxBytes: 226_000, never: loadedLate },
  {
    name: 'a question to a model',
    source: 'src/engines/ollama/open.ts',
    maxBytes: 427_000,
    never: loadedLate.filter((name) => name !== 'ollama'),
  },
  { name: 'a look at files', source: 'src/input/files.ts', maxBytes: 242_000, never: loadedLate },
  { name: 'a look at a diff', source: 'src/input/diff.ts', maxBytes: 302_000, never: loadedLate },
]

const faults = starts.flatMap(({ name, source, maxBytes, only, never = [] }) => {
  const read = closure(chunks.find(({ modules }) => modules.includes(source)))
  const bytes = read.reduce((sum, chunk) => sum + chunk.bytes, 0)
  const sources = [...new Set(read.flatMap(({ modules }) => modules))]
  console.log(`${name}: ${read.length} file(s), ${bytes} of ${maxBytes} bytes`)
  const strangers = sources.filter((one) => (only && !only.test(one)) || never.includes(packageOf(one)))
  return [
    ...strangers.map((one) => `${name} reads ${one}: load it with import() where the action needs it`),
    ...(bytes > maxBytes ? [`${name} reads ${bytes} bytes, more than ${maxBytes}`] : []),
  ]
})

console.log(`packages in the bundle: ${packages.length} (${packages.join(', ')})`)
for (const name of packages) {
  const { scripts = {} } = JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8'))
  const found = ['preinstall', 'install', 'postinstall'].filter((script) => script in scripts)
  if (found.length > 0) faults.push(`${name} runs ${found.join(' and ')} when it is installed`)
}

for (const fault of faults) console.error(`error: ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0

/** A chunk with everything that it imports statically, directly or not. */
function closure(entry) {
  const seen = new Set([entry])
  for (const { imports } of seen) for (const chunk of chunks) if (imports.includes(chunk.file)) seen.add(chunk)
  return [...seen]
}

/** The package of a source, or undefined for one of ours. */
function packageOf(source) {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1]
}
