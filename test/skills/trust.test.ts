import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repositoryOf } from '../../src/skills/repository-skill.ts'
import { dropGrant, findGrant, saveGrant } from '../../src/skills/trust.ts'
import { failure } from './folder.ts'
import { createFolder } from '../workspace.ts'

test('a skill belongs to the repository whose folder it lies in, under any name it has', async () => {
  const root = createFolder({ 'repo/.local-brain/skills/x/skill.yaml': '', 'repo/skills/y.yaml': '', 'mine.yaml': '' })
  const at = (path: string) => join(root, path)
  symlinkSync(at('repo/.local-brain/skills/x/skill.yaml'), at('link.yaml'))
  symlinkSync(at('mine.yaml'), at('repo/.local-brain/skills/out.yaml'))
  const x = { root: at('repo'), path: '.local-brain/skills/x/skill.yaml' }
  const out = { root: at('repo'), path: '.local-brain/skills/out.yaml' }
  const places = [
    'repo/.local-brain/skills/x/skill.yaml',
    'repo/skills/../.local-brain/skills/x/skill.yaml',
    'link.yaml',
  ]
  for (const path of places) expect(await repositoryOf(at(path))).toEqual(x)
  expect(await repositoryOf(at('repo/.local-brain/skills/out.yaml'))).toEqual(out)
  for (const path of ['mine.yaml', 'repo/skills/y.yaml', 'repo/.local-brain/skills']) {
    expect(await repositoryOf(at(path))).toBeUndefined()
  }
})

test('a grant is for one place, is kept until it is dropped, and torn ones are none', async () => {
  const folder = join(createFolder(), 'state', 'trust')
  const place = { root: '/repo', path: '.local-brain/skills/x.yaml' }
  expect(findGrant(folder, place)).toBeUndefined()
  await saveGrant(folder, { ...place, sha256: 'a' })
  expect(findGrant(folder, place)).toEqual({ ...place, sha256: 'a' })
  expect(findGrant(folder, { ...place, root: '/other' })).toBeUndefined()
  const [file = ''] = readdirSync(folder)
  rmSync(join(folder, file))
  writeFileSync(join(folder, file), '{"sha256":', { mode: 0o400 })
  expect(findGrant(folder, place)).toBeUndefined()
  await saveGrant(folder, { ...place, sha256: 'b' })
  await dropGrant(folder, place)
  expect(readdirSync(folder)).toEqual([])
})

test('a grant that can not be kept is an error', async () => {
  const root = createFolder({ state: '' })
  const grant = { root: '/repo', path: '.local-brain/skills/x.yaml', sha256: 'a' }
  expect(await failure(saveGrant(join(root, 'state', 'trust'), grant))).toMatchObject({ code: 'output' })
  mkdirSync(join(root, 'empty'))
  await dropGrant(join(root, 'empty'), grant)
})
