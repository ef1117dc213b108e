// Writes the JSON Schemas of the report and of a skill file, made from the zod schemas that the program itself checks them
// with. With --check it only compares, and fails when what is committed is not what would be written.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { evaluate } from './bundle.mjs'

const root = join(import.meta.dirname, '..')
const { schemas } = await evaluate('scripts/schemas.ts')
mkdirSync(join(root, 'schema'), { recursive: true })

for (const [name, { title, schema }] of Object.entries(schemas)) {
  const file = join(root, 'schema', name)
  const { $schema, ...rest } = schema
  const text = JSON.stringify({ $schema, title, ...rest }, null, 2)
  if (!process.argv.includes('--check')) {
    writeFileSync(file, `${text}\n`)
    execFileSync(join(root, 'node_modules', '.bin', 'biome'), ['format', '--write', file], { stdio: 'ignore' })
  } else if (JSON.stringify(JSON.parse(readFileSync(file, 'utf8')), null, 2) !== text) {
    process.stderr.write(`schema/${name} is not what the program says: node scripts/schema.mjs\n`)
    process.exitCode = 1
  }
}
