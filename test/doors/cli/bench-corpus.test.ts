import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../../workspace-fixture.ts'
import { left, lookedAt, plan } from './plan.ts'

const corpus = join(import.meta.dirname, '..', '..', '..', 'bench', 'corpus')

/** A change of the corpus below a folder of its own: marks as in a diff, and `!` for the line of its bug. */
function readChange(folder: string, name: string) {
  const [head = '', body = ''] = readFileSync(join(corpus, folder, name), 'utf8').split(/^---\n/m)
  const lines = body.trimEnd().split('\n')
  const side = (marks: string) =>
    lines.flatMap((line) => (marks.includes(line[0] ?? ' ') ? `${line.slice(1)}\n` : [])).join('')
  const path = /^file: (.+)$/m.exec(head)?.[1] ?? ''
  return { path: `${folder}-${name}/${path}`, before: side(' -'), after: side(' +!') }
}

test('of the changes that models are measured with none is left out', async () => {
  const changes = ['bugs', 'clean'].flatMap((folder) =>
    readdirSync(join(corpus, folder)).map((name) => readChange(folder, name)),
  )
  expect(changes).toHaveLength(40)
  const known = changes.filter(({ before }) => before !== '')
  const folder = repository(Object.fromEntries(known.map(({ path, before }) => [path, before])))
  for (const { path, after } of changes) folder.write(path, after)
  folder.git('add', '-A')
  const planned = await plan(['-s', 'code-review', '--git-diff'], folder.root)
  expect(left(planned)).toEqual([])
  expect(lookedAt(planned)).toEqual(changes.map(({ path }) => path).sort())
})
