// Says what is wrong with markers, rows and the list of dangers without taking a guard away. Ends with 1 where anything is: npm test runs it.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { dangers } from './hands.mjs'
import { markerProblems, readSources, testProblems } from './problems.mjs'
import { configOf } from './row.mjs'
import { rows } from './table.mjs'

const project = join(import.meta.dirname, '..', '..')
const around = mkdtempSync(join(tmpdir(), 'guards-'))
process.on('exit', () => rmSync(around, { recursive: true, force: true }))

/** The tests of some files as vitest lists them, with the names that tables give them. */
async function listTests(config, files) {
  const list = join(around, config.replaceAll('/', '-'))
  const quick = ['--maxWorkers=1', '--no-isolate', '--config', config]
  const vitest = ['node_modules/vitest/vitest.mjs', 'list', ...quick, ...files.map((file) => `test/${file}`)]
  await promisify(execFile)(process.execPath, [...vitest, `--json=${list}`], { cwd: project })
  return JSON.parse(readFileSync(list, 'utf8')).map((test) => ({
    file: relative(join(project, 'test'), test.file),
    name: test.name.replaceAll(' > ', ' '),
  }))
}

/** All that has to be there: the tests of guards, and those of what a model with hands could do. */
const named = [...rows, ...dangers.flatMap(({ tests }) => tests)]
const files = [...new Set(named.map(({ file }) => file))]

const configs = [...new Set(files.map(configOf))]
const tests = await Promise.all(
  configs.map((config) =>
    listTests(
      config,
      files.filter((file) => configOf(file) === config),
    ),
  ),
)
const problems = [...markerProblems(readSources(join(project, 'src')), rows), ...testProblems(tests.flat(), named)]
for (const line of new Set(problems)) console.error(line)
process.exitCode = problems.length > 0 ? 1 : 0
