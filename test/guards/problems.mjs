import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { findMarkers, takeAway } from './markers.mjs'

/** The sources that hold a marker: their texts by path. */
export function readSources(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.ts'))
  const texts = files.map((file) => [join(folder, file), readFileSync(join(folder, file), 'utf8')])
  return new Map(texts.filter(([, text]) => text.includes('// guard: ')))
}

/** The path of the source that holds the marker of a guard. Throws where none does. */
export function sourceOf(sources, guard) {
  const found = [...sources].find(([, text]) => text.includes(`// guard: ${guard}\n`))
  if (found === undefined) throw new Error(`no "// guard: ${guard}" in src`)
  return found[0]
}

/** What is wrong between the markers in the sources and the guards that rows name, a line each. */
export function markerProblems(sources, rows) {
  const names = [...sources.values()].flatMap((text) => [...text.matchAll(/\/\/ guard: (.*)/g)].map(([, name]) => name))
  const named = rows.flatMap(({ without }) => without)
  const used = new Set(named.map(({ guard }) => guard))
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
  return [
    ...[...sources].flatMap(([path, text]) => problem(() => findMarkers(text)).map((what) => `${path}: ${what}`)),
    ...twice.map((name) => `two guards are marked "${name}"`),
    ...names.filter((name) => !used.has(name)).map((name) => `guard "${name}" has no row in test/guards`),
    ...named.flatMap((guard) => problem(() => tryRemoval(sources.get(sourceOf(sources, guard.guard)), guard))),
  ]
}

/** What is wrong between the rows and the tests that there are, `{ file, name }`, a line each. */
export function testProblems(tests, rows) {
  const missing = rows.filter(({ file, name }) => !tests.some((test) => test.file === file && test.name.includes(name)))
  return missing.map(({ file, name }) => `no test "${name}" in test/${file}`)
}

/** What cannot be built tells nothing about a guard. */
function tryRemoval(text, guard) {
  const without = takeAway(text, [guard])
  try {
    parseAst(without, { lang: 'ts' })
  } catch {
    throw new Error(`guard ${guard.guard}: without it the source can't be read`)
  }
}

function problem(attempt) {
  try {
    attempt()
    return []
  } catch ({ message }) {
    return [message]
  }
}
