// Makes standalone binaries of dist/ with bun, which comes from the npm registry for this alone: it is larger than all
// that we depend on. `node scripts/build-binary.mjs [target...]`; a target is bun's name for one, such as darwin-arm64.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { binaryStages } from './stages.mjs'

const version = '1.4.5'
const out = 'dist-binary'
const targets = process.argv.slice(2)
const modules = join(out, 'modules')

if (!existsSync('dist/meta.json')) throw new Error('there is no dist/: npm run build')
const bun = loadBun()
// bun divides and precompiles ES modules; those of dist/ are CommonJS, which is what Node starts faster with.
const input = { 'bin/local-brain': 'src/doors/cli/standalone.ts' }
rmSync(modules, { recursive: true, force: true })
await bundle({ input, dir: modules, format: 'esm', stages: binaryStages })
if (targets.length === 0) compile(join(out, 'local-brain'))
for (const target of targets) compile(join(out, `local-brain-${target}`), target)

/** The bun of this machine: its platform package holds nothing but the program. */
function loadBun() {
  const cpu = { x64: 'x64', arm64: 'aarch64' }[process.arch]
  const name = `@oven/bun-${process.platform === 'win32' ? 'windows' : process.platform}-${cpu}`
  const folder = join(out, `.bun-${version}`)
  const program = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'bun.exe' : 'bun')
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    const install = ['install', '--silent', '--no-save', '--ignore-scripts', '--prefix', folder, `${name}@${version}`]
    execFileSync('npm', install, { stdio: 'inherit', shell: process.platform === 'win32' })
  }
  return program
}

function compile(file, target) {
  const flags = [
    '--compile --minify --sourcemap=none --bytecode --format=esm --splitting --external chokidar',
    // A repository that we look at must not choose what runs before us, nor our environment.
    '--no-compile-autoload-dotenv --no-compile-autoload-bunfig',
    '--asset=dist/skills --asset=dist/examples --asset=dist/grammars --asset=dist/completion --define __ASSETS__="."',
    target === undefined ? '' : `--target=bun-${target}`,
    `--outfile ${file}`,
  ].flatMap((line) => line.split(' ').filter(Boolean))
  execFileSync(bun, ['build', join(modules, 'bin/local-brain.js'), ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const made = existsSync(file) ? file : `${file}.exe`
  console.log(`${made}: ${(statSync(made).size / 1e6).toFixed(0)} MB`)
}
