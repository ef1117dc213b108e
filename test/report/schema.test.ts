import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { json } from '../../src/report/json.ts'
import { finding } from '../tasks/findings/unit.ts'
import { reportOf } from './report.ts'

const root = join(import.meta.dirname, '..', '..')
const published: unknown = JSON.parse(readFileSync(join(root, 'schema', 'report.schema.json'), 'utf8'))
const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0])

test('the published schemas are those that the program uses', () => {
  execFileSync(process.execPath, ['scripts/schema.mjs', '--check'], { cwd: root })
})

test('it takes a report, and one of a later version with more in it', () => {
  const report = reportOf({ findings: [finding({ new: true })], error: { code: 'timeout', message: 'm' } })
  const document = JSON.parse(json(report)) as Record<string, unknown>
  expect(schema.safeParse(document).success).toBe(true)
  expect(schema.safeParse({ ...document, later: 1 }).success).toBe(true)
})

test('it takes no other document', () => {
  expect(schema.safeParse({ ...reportOf(), schema: 'local-brain.report/2' }).success).toBe(false)
  expect(schema.safeParse({ ...reportOf(), findings: [{ ...finding(), severity: 'blocker' }] }).success).toBe(false)
})

test('the package holds it, and lets it be imported', () => {
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' })
  const [packed] = JSON.parse(text) as [{ files: { path: string }[] }]
  const files = packed.files.map(({ path }) => path)
  expect(files).toEqual(
    expect.arrayContaining([
      'dist/examples/todo-owners/cases/no-owner.yaml',
      'dist/schema/report.schema.json',
      'dist/schema/skill-case.schema.json',
      'dist/schema/skill.schema.json',
    ]),
  )
  expect(import.meta.resolve('local-brain/schema/report.schema.json')).toBe(
    pathToFileURL(join(root, 'dist', 'schema', 'report.schema.json')).href,
  )
})
