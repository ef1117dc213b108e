// npm run test:guards [case or guard …]: takes each guard out of a copy of the project, builds it, and demands that the
// test which its row names fails. A removal that no test notices ends it with 1. README.md says how to add a guard.
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeAway } from './markers.mjs'
import { markerProblems, readSources, sourceOf } from './problems.mjs'
import { configOf } from './row.mjs'
import { rows as table } from './table.mjs'

const project = join(import.meta.dirname, '..', '..')
const wanted = new Set(process.argv.slice(2))
const isWanted = (name) => wanted.has(String(name))
const rows = table
  .filter((row) => wanted.size === 0 || [row.case, ...row.without.map(({ guard }) => guard)].some(isWanted))
  .sort((a, b) => String(a.case).localeCompare(String(b.case), 'en', { numeric: true }))
const atOnce = 2

/** What is made, and what stands beside the copy. */
const notCopied = new Set(['node_modules', 'dist', 'dist-binary', '.git'])
const parts = readdirSync(project).filter((name) => !notCopied.has(name))
const around = mkdtempSync(join(tmpdir(), 'guards-'))
process.on('exit', () => rmSync(around, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

function copyProject(name) {
  const folder = join(around, name)
  // Beside it: what lies in a project belongs to the program, and no tool writes there.
  mkdirSync(`${folder}.tmp`, { recursive: true })
  for (const part of parts) cpSync(join(project, part), join(folder, part), { recursive: true })
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Runs to the end, and takes along whatever it left behind. Resolves with the exit code and what was printed. */
function run(folder, args) {
  const env = { ...process.env, TMPDIR: `${folder}.tmp` }
  const child = spawn(process.execPath, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Nothing was left.
      }
      resolve({ code, output })
    })
  })
}

async function build(folder) {
  const { code, output } = await run(folder, ['scripts/build.mjs', '--quick'])
  if (code !== 0) throw new Error(`it does not build: ${output}`)
}

/** What became of the tests of one file whose names contain one of the texts. */
async function outcomes(folder, file, names) {
  const result = join(folder, 'result.json')
  rmSync(result, { force: true })
  const pattern = names.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)).join('|')
  const config = configOf(file)
  const bounds = ['--config', config, ...(config.includes('torture') ? [] : ['--testTimeout=60000'])]
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...bounds, `test/${file}`, '-t', pattern]
  const { output } = await run(folder, [...vitest, '--reporter=json', `--outputFile=${result}`])
  if (!existsSync(result)) throw new Error(output)
  const tests = JSON.parse(readFileSync(result, 'utf8')).testResults.flatMap((suite) => suite.assertionResults)
  return names.map((name) => {
    const found = tests.filter((test) => test.fullName.includes(name) && !['skipped', 'pending'].includes(test.status))
    return { name, states: found.map(stateOf) }
  })
}

/** A test that is only late has noticed nothing. */
function stateOf({ status, failureMessages }) {
  return status === 'failed' && failureMessages.every((text) => text.includes('Test timed out')) ? 'late' : status
}

/** The rows of one file whose test says nothing: it fails with every guard in its place, or is not there. */
async function brokenRows(folder, [file, some]) {
  const found = await outcomes(folder, file, [...new Set(some.map((row) => row.name))])
  const isWhole = ({ states }) => states.length > 0 && states.every((state) => state === 'passed')
  const broken = new Map(found.filter((test) => !isWhole(test)).map(({ name, states }) => [name, states]))
  for (const [name, states] of broken) {
    console.log(`BROKEN test/${file}: "${name}" ${states.length === 0 ? 'is not there' : 'fails by itself'}`)
  }
  return some.filter(({ name }) => broken.has(name))
}

/** Takes the guards of a row away; returns what puts them back. */
function removeGuards(folder, { without }) {
  const sources = readSources(join(folder, 'src'))
  const byPath = new Map()
  for (const guard of without) {
    const path = sourceOf(sources, guard.guard)
    byPath.set(path, [...(byPath.get(path) ?? []), guard])
  }
  for (const [path, guards] of byPath) writeFileSync(path, takeAway(sources.get(path), guards))
  return () => [...byPath.keys()].forEach((path) => writeFileSync(path, sources.get(path)))
}

/** What became of a row, in one line. */
async function tryRow(folder, row) {
  const what = row.without.map(({ guard, part }) => (part === undefined ? guard : `${guard} (${part})`)).join(' and ')
  let putBack = () => {}
  try {
    putBack = removeGuards(folder, row)
    await build(folder)
    const [{ states }] = await outcomes(folder, row.file, [row.name])
    return `${states.includes('failed') ? 'noticed' : `UNNOTICED (${states.join()})`} case ${row.case}: ${what} | ${row.file}: ${row.name}`
  } catch (error) {
    return `BROKEN case ${row.case}: ${what}: ${error.message}`
  } finally {
    putBack()
  }
}

const wrong = markerProblems(readSources(join(project, 'src')), table)
if (wrong.length > 0) throw new Error(wrong.join('\n'))
const folders = Array.from({ length: atOnce }, (_, at) => copyProject(String(at)))

/** Every task in one of the folders, each as soon as one is free; what they give, in one list. */
async function workThrough(tasks) {
  const queue = [...tasks]
  const results = []
  const work = async (folder) => {
    for (let task = queue.shift(); task; task = queue.shift()) results.push(...[await task(folder)].flat())
  }
  await Promise.all(folders.map(work))
  return results
}

await Promise.all(folders.map(build))
const files = new Map()
for (const row of rows) files.set(row.file, [...(files.get(row.file) ?? []), row])
const broken = new Set(await workThrough([...files].map((entry) => (folder) => brokenRows(folder, entry))))
const tries = rows
  .filter((row) => !broken.has(row))
  .map((row) => async (folder) => {
    const line = await tryRow(folder, row)
    console.log(line)
    return line
  })
const lines = await workThrough(tries)
const noticed = lines.filter((line) => line.startsWith('noticed')).length
console.log(`${noticed} of ${rows.length} removals noticed, ${new Set(rows.map((row) => row.case)).size} cases`)
process.exitCode = noticed < rows.length ? 1 : 0
