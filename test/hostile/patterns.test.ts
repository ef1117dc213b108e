import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { analyse } from 'scslre'
import { expect, test } from 'vitest'

const dist = join(import.meta.dirname, '..', '..', 'dist')

type Pattern = { source: string; flags: string }

/** Every pattern in the code of the program, that of the packages it is made of included. */
function patternsOf(node: unknown): Pattern[] {
  if (typeof node !== 'object' || node === null) return []
  const { regex } = node as { regex?: { pattern: string; flags: string } }
  if (regex !== undefined) return [{ source: regex.pattern, flags: regex.flags }]
  return Object.values(node).flatMap((value) => patternsOf(value))
}

/** Whether a text of some dozen characters can be divided by it in so many ways that trying them all takes hours. */
function explodes({ source, flags }: Pattern): boolean {
  return analyse({ source, flags }).reports.some(({ exponential }) => exponential)
}

test('no pattern of the program takes a time that explodes with the text', () => {
  const files = ['bin', 'lib', 'chunks'].flatMap((folder) =>
    readdirSync(join(dist, folder))
      .filter((name) => name.endsWith('.js'))
      .map((name) => join(dist, folder, name)),
  )
  const patterns = files.flatMap((file) => patternsOf(parseAst(readFileSync(file, 'utf8')).body))
  expect(patterns.length).toBeGreaterThan(1000)
  expect(patterns.filter(explodes)).toEqual([])
})
