import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

type Floor = { rooms: readonly string[]; why: string }

/** The house of docs/architecture.md, top floor first. `why` says to whoever trips over it what the floor must not know. */
const floors: readonly Floor[] = [
  {
    rooms: ['index.ts'],
    why: 'the library is the program as other programs see it; the program itself does not need it',
  },
  {
    rooms: ['options.ts'],
    why: 'only the library gets options that neither a compiler nor a table of flags has checked',
  },
  { rooms: ['caller.ts'], why: 'only the library has callers whose lines a stack can name' },
  { rooms: ['doors'], why: 'doors are where people and programs come in; nothing below knows them' },
  { rooms: ['demo'], why: 'the demonstration is a door with a script, and only a door starts it' },
  { rooms: ['app'], why: 'a run is put together in app/; a room that needs a run is a door' },
  { rooms: ['report'], why: 'reports are made of results; what makes results does not know how they are shown' },
  {
    rooms: ['tasks'],
    why: 'a task is what an output kind does with the input; tools, engines and input do not know why they are used',
  },
  {
    rooms: ['skills', 'tools', 'engines'],
    why: 'skills, tools and engines do not know each other: the conversation in core/ joins them',
  },
  {
    rooms: ['input', 'core'],
    why: 'input is what there is to look at, core is the conversation; neither needs the other',
  },
  { rooms: ['workspace'], why: 'the workspace reads files and git for whoever asks' },
  { rooms: ['syntax', 'store'], why: 'syntax and store work on text and values that are handed to them' },
  {
    rooms: ['text', 'errors.ts', 'assets.ts', 'version.ts', 'v8.ts'],
    why: 'the ground floor needs nothing but Node',
  },
]

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"])(\.[^'"]+)\1/g

/** The first part of a path below src/. */
function room(path: string): string {
  return path.split('/')[0] ?? path
}

function floorOf(path: string): number {
  return floors.findIndex(({ rooms }) => rooms.includes(room(path)))
}

/** Why `from` must not import `to`; undefined when it may. */
function objection(from: string, to: string): string | undefined {
  if (room(from) === room(to) || floorOf(from) < floorOf(to)) return undefined
  return (
    floors[floorOf(to)]?.why ?? `src/${room(to)} is on no floor: give it one in this test and in docs/architecture.md`
  )
}

/** What a file imports of ours, be it a type or loaded late. */
function importedBy(file: string): string[] {
  const found = readFileSync(join(root, file), 'utf8').matchAll(imports)
  return [...found].map((match) => relative(root, join(root, dirname(file), match[2] ?? '')))
}

const imported = new Map(files.map((file) => [file, importedBy(file)]))

test('every import stays in its room or goes to a lower floor', () => {
  const wrong = files.flatMap((file) =>
    (imported.get(file) ?? []).flatMap((target) => {
      const why = objection(file, target)
      return why === undefined ? [] : [`${file} -> ${target}: ${why}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('no file needs one that needs it, be it for a type', () => {
  const needs = (file: string, known = new Set<string>()) => {
    for (const target of imported.get(file) ?? []) if (!known.has(target)) needs(target, known.add(target))
    return known
  }
  expect(files.filter((file) => needs(file).has(file))).toEqual([])
})

test('every room has its place on a floor', () => {
  expect(files.filter((file) => floorOf(file) < 0)).toEqual([])
})

test('only a front door reads the environment: whatever is below it gets values', () => {
  const doors = /^(?:doors\/cli\/|index\.ts$)/
  const readers = files.filter((file) =>
    /process\.env\b|\benv\b[^\n]*= process\b/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(readers.filter((file) => !doors.test(file))).toEqual([])
})
