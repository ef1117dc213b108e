// Writes the JSON Schema of the report, made from the zod schema that the program itself checks reports with. With
// --check it only compares, and fails when what is committed is not what would be written.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { evaluate } from './bundle.mjs'

const root = join(import.meta.dirname, '..')
const file = join(root, 'schema', 'report.schema.json')

const { schema } = await evaluate('scripts/report-schema.ts')
const { $schema, ...rest } = schema
const title = 'Report of local-brain (local-brain.report/1)'
const text = JSON.stringify({ $schema, title, ...rest }, null, 2)

if (process.argv.includes('--check')) {
  if (JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), null, 2) !== text) {
    process.stderr.write('schema/report.schema.json is not what the program says: node scripts/schema.mjs\n')
    process.exitCode = 1
  }
} else {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${text}\n`)
  execFileSync(join(root, 'node_modules', '.bin', 'biome'), ['format', '--write', file], { stdio: 'ignore' })
}
