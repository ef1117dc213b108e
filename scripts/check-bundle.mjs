// Holds the start to its promise without a clock: which files are read before an action begins, and how many bytes.
// Reads dist/meta.json, so it wants a build first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const { inputs, outputs } = JSON.parse(readFileSync('dist/meta.json', 'utf8'))

/** What each start reads, whatever is imported late left out. `only`: sources that may be among it; `never`: packages that may not. */
const starts = [
  { name: 'the version', entry: 'src/cli/main.ts', maxBytes: 512, only: /^src\/(cli\/main|version)\.ts$/ },
  {
    name: 'the help',
    entry: 'src/cli/program.ts',
    maxBytes: 54_000,
    only: /^src\/(cli\/(program|run-options|output|stdin|settings|compile-cache|commands\/index)|store\/paths|errors)\.ts$|^empty:|\bnode_modules\/commander\//,
  },
  {
    name: 'a run before it asks',
    entry: 'src/cli/commands/run.ts',
    maxBytes: 260_000,
    never: [
      'yaml',
      'nunjucks',
      'simple-git',
      'fast-glob',
      'ignore',
      'ollama',
      'jsonrepair',
      '@vscode/tree-sitter-wasm',
    ],
  },
]

const faults = starts.flatMap(({ name, entry, maxBytes, only, never = [] }) => {
  const files = closure(Object.keys(outputs).find((file) => outputs[file].entryPoint === entry))
  const bytes = files.reduce((sum, file) => sum + outputs[file].bytes, 0)
  const sources = [...new Set(files.flatMap((file) => sourcesOf(file)))]
  console.log(`${name}: ${files.length} file(s), ${bytes} of ${maxBytes} bytes`)
  const strangers = sources.filter((source) => (only && !only.test(source)) || never.includes(packageOf(source)))
  return [
    ...strangers.map((source) => `${name} reads ${source}: load it with import() where the action needs it`),
    ...(bytes > maxBytes ? [`${name} reads ${bytes} bytes, more than ${maxBytes}`] : []),
  ]
})

const packages = [...new Set(Object.keys(inputs).map(packageOf))].filter((name) => name !== undefined).sort()
console.log(`packages in the bundle: ${packages.length} (${packages.join(', ')})`)
for (const name of packages) {
  const { scripts = {} } = JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8'))
  const found = ['preinstall', 'install', 'postinstall'].filter((script) => script in scripts)
  if (found.length > 0) faults.push(`${name} runs ${found.join(' and ')} when it is installed`)
}

for (const fault of faults) console.error(`error: ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0

/** A file with everything that it imports statically, directly or not. */
function closure(entry) {
  const seen = new Set([entry])
  for (const file of seen) {
    for (const { path, kind, external } of outputs[file].imports) {
      if (kind === 'import-statement' && !external) seen.add(path)
    }
  }
  return [...seen]
}

function sourcesOf(file) {
  return Object.entries(outputs[file].inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([source]) => source)
}

/** The package of a source, or undefined for one of ours. */
function packageOf(source) {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1]
}
