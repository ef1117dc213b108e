// Makes dist/: the program (a tiny entry, and chunks loaded when an action needs them), the library, the skills and the
// grammars. --watch builds again when a source changes; --quick leaves out the library's types and the code that V8
// makes of the program, for who only runs it a few times.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bundle, evaluate } from './bundle.mjs'
import { stages } from './stages.mjs'

const flags = process.argv.slice(2)
const isQuick = flags.includes('--quick')

await build()
if (flags.includes('--watch')) {
  let timer
  const again = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void build().catch(({ message }) => console.error(message)), 100)
  }
  for (const folder of ['src', 'skills']) watch(folder, { recursive: true }, again)
}

async function build() {
  rmSync('dist', { recursive: true, force: true })
  await copyGrammars()
  await writeSkills()
  cpSync('schema', 'dist/schema', { recursive: true })
  cpSync('examples', 'dist/examples', { recursive: true })
  await writeManPage()
  cpSync('embedded', 'dist/embedded', { recursive: true })
  // Nothing in the package is a program of another shell: these are texts that it prints.
  for (const file of readdirSync('completion')) cpSync(`completion/${file}`, `dist/completion/${file}.txt`)
  const chunks = await bundle({
    input: {
      'bin/local-brain': 'src/doors/cli/main.ts',
      'lib/local-brain': 'src/index.ts',
      'chunks/compiled': 'src/doors/cli/compiled.ts',
    },
    dir: 'dist',
    // Node's loader of ES modules takes its time to get ready, and to ask what each file is.
    format: 'cjs',
    stages,
  })
  for (const folder of ['bin', 'lib', 'chunks']) {
    writeFileSync(`dist/${folder}/package.json`, '{ "type": "commonjs" }\n')
  }
  if (!isQuick) keepCode(chunks)
  const packages = packagesOf(chunks)
  writeFileSync('dist/meta.json', JSON.stringify({ chunks, packages }))
  chmodSync('dist/bin/local-brain.js', 0o755)
  await writeLibrary()
  writeLicenses(packages)
  if (!isQuick) writeTypes()
}

/**
 * Of each file that a usual run loads, keeps the code that V8 makes of it. It fits the V8 of this Node, which is that of
 * its whole line; on another the program is loaded as any is, and Node keeps the code itself where it can.
 */
function keepCode(chunks) {
  const main = chunks.find(({ file }) => file === 'bin/local-brain.js')
  const fits = `process.versions.v8.startsWith(${JSON.stringify(process.versions.v8.split('-')[0])})`
  const code = readFileSync('dist/bin/local-brain.js', 'utf8').replace(
    /require(\("\.\.\/chunks\/start-[^"]+"\))/,
    `(${fits}?require("../chunks/compiled.js").load:require)$1`,
  )
  writeFileSync('dist/bin/local-brain.js', code)
  main.bytes = Buffer.byteLength(code)
  execFileSync(process.execPath, ['scripts/compile.mjs'], { stdio: 'inherit' })
}

/** Every grammar that src/syntax/tags.ts has a query for. */
async function copyGrammars() {
  const { tags } = await evaluate('src/syntax/tags.ts')
  mkdirSync('dist/grammars', { recursive: true })
  const wasm = dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'))
  for (const name of ['tree-sitter', ...Object.keys(tags).map((grammar) => `tree-sitter-${grammar}`)]) {
    cpSync(join(wasm, `${name}.wasm`), `dist/grammars/${name}.wasm`)
  }
  cpSync(join(wasm, '..', 'LICENSE'), 'dist/grammars/LICENSE')
}

/** Checks and compiles the built-in skills, so that a start only has to read the result (src/skills/load.ts). */
async function writeSkills() {
  cpSync('skills', 'dist/skills', { recursive: true })
  const { buildSkill } = await evaluate('scripts/build-skill.ts')
  const { knownTools } = await evaluate('src/tools/specs.built.ts')
  for (const name of readdirSync('dist/skills')) {
    const skill = await buildSkill(`dist/skills/${name}/skill.yaml`, knownTools)
    writeFileSync(`dist/skills/${name}/skill.json`, JSON.stringify(skill))
  }
}

/** What `man local-brain` shows, which npm puts where man looks (package.json). */
async function writeManPage() {
  // The help names what lies beside the program.
  const { manPage } = await evaluate('scripts/man-page.ts', 'dist/build')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  mkdirSync('dist/man', { recursive: true })
  writeFileSync('dist/man/local-brain.1', await manPage(version))
}

/** The library is an ES module, as its types say, around the same chunks that the program runs. */
async function writeLibrary() {
  const names = Object.keys(createRequire(import.meta.url)(join(process.cwd(), 'dist/lib/local-brain.js')))
  const code = `import library from './local-brain.js'\nexport const { ${names.join(', ')} } = library\n`
  writeFileSync('dist/lib/index.mjs', code)
}

/** The names of the packages that chunks are made of, sorted. */
function packagesOf(chunks) {
  const sources = chunks.flatMap(({ modules }) => modules)
  const names = sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? [])
  return [...new Set(names)].sort((a, b) => (a < b ? -1 : 1))
}

/** What the licences of everything in the bundle ask for: their text beside it. */
function writeLicenses(packages) {
  const texts = packages.map((name) => {
    const folder = join('node_modules', name)
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
    const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), 'utf8').trim()
    return `${name} ${version}\n\n${text}`
  })
  writeFileSync('dist/licenses.txt', `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`)
}

function writeTypes() {
  const compiler = ['node_modules/typescript/lib/tsc.js', '-p', 'tsconfig.types.json']
  execFileSync(process.execPath, compiler, { stdio: 'inherit' })
}
