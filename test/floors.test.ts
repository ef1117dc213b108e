import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

// docs/architecture.md, section 1. Lowest floor first; on one floor a room may use only what stands to its right.
const floors = [
  ['tools', 'models', 'syntax', 'workspace', 'store', 'assets.ts', 'version.ts', 'crypto.ts', 'heap.ts', 'errors.ts'],
  ['sources', 'skill'],
  ['agent'],
  ['reporters', 'findings'],
  ['run.ts', 'run'],
  ['hooks', 'demo', 'index.ts'],
  ['cli'],
]
const ordered = new Set(['tools', 'models', 'syntax', 'workspace', 'store', 'reporters', 'findings', 'run.ts', 'run'])

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"])(\.[^'"]+)\1/g

function room(path: string): string {
  return path.split('/')[0] ?? path
}

function floorOf(path: string): [number, number] {
  const floor = floors.findIndex((rooms) => rooms.includes(room(path)))
  return [floor, floors[floor]?.indexOf(room(path)) ?? -1]
}

function allowed(from: string, to: string): boolean {
  if (room(from) === room(to)) return true
  const [fromFloor, fromPlace] = floorOf(from)
  const [toFloor, toPlace] = floorOf(to)
  if (toFloor < 0 || fromFloor < 0) return false
  if (fromFloor !== toFloor) return toFloor < fromFloor
  return fromPlace < toPlace && ordered.has(room(from))
}

test('every import stays in its room or goes to a lower floor', () => {
  const wrong = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(imports)]
      .map((match) => relative(root, join(root, dirname(file), match[2] ?? '')))
      .filter((target) => !allowed(file, target))
      .map((target) => `${file} -> ${target}`),
  )
  expect(wrong).toEqual([])
})

test('every room has its place on a floor', () => {
  expect(files.filter((file) => floorOf(file)[0] < 0)).toEqual([])
})
