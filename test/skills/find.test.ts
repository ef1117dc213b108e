import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findSkill, listSkills } from '../../src/skills/find.ts'
import { createPlaces, failure, skillText } from './folder.ts'
import { createFolder } from '../workspace.ts'

const names = (places: ReturnType<typeof createPlaces>) =>
  listSkills(places)
    .filter(({ origin }) => origin !== 'built-in')
    .map(({ name, origin }) => `${origin}: ${name}`)

test('a name is looked up among the built-in skills first, then among the user’s', async () => {
  const places = createPlaces({
    'config/skills/mine/skill.yaml': skillText(),
    'config/skills/single.yaml': skillText(),
    'config/skills/ask/skill.yaml': skillText(),
  })
  expect(await findSkill('ask', places)).toMatchObject({ name: 'ask', origin: 'built-in' })
  expect(await findSkill('mine', places)).toMatchObject({ name: 'review', origin: 'user' })
  expect(await findSkill('single', places)).toMatchObject({ origin: 'user', file: join(places.user, 'single.yaml') })
})

test('a path is a file, or a folder that holds skill.yaml', async () => {
  const folder = createFolder({ 'a.yaml': skillText(), 'b/skill.yaml': skillText() })
  const places = createPlaces()
  for (const path of ['a.yaml', 'b', 'b/skill.yaml']) {
    expect(await findSkill(join(folder, path), places)).toMatchObject({ name: 'review', origin: 'path' })
  }
  expect(await failure(findSkill(join(folder, 'c'), places))).toEqual({
    code: 'unknown-skill',
    message: `There is no skill at "${join(folder, 'c')}"`,
    hint: 'local-brain skills',
  })
  expect((await failure(findSkill('absent.yml', places))).message).toBe('There is no skill at "absent.yml"')
})

test('an unknown name is answered with the nearest', async () => {
  expect(await failure(findSkill('code-reveiw', createPlaces()))).toEqual({
    code: 'unknown-skill',
    message: 'There is no skill "code-reveiw"; did you mean code-review?',
    hint: 'local-brain skills',
  })
  expect((await failure(findSkill('zzz', createPlaces()))).message).toContain('one of: ask, chat, code-review, ')
})

test('a skill of the repository is listed by name, never opened, and refused', async () => {
  const places = createPlaces({
    'repo/.local-brain/skills/theirs/skill.yaml': '{{{ this is no YAML',
    'repo/.local-brain/skills/other.yaml': '[[[',
    'repo/.local-brain/skills/\u001b[31mred.yaml': '',
    'repo/.local-brain/skills/README': '',
  })
  mkdirSync(join(places.repository ?? '', 'unreadable.yaml'))
  expect(names(places)).toEqual(['other', 'theirs', 'unreadable'].flatMap((name) => `repository: ${name}`))
  for (const name of ['theirs', 'other', 'unreadable']) {
    expect(await failure(findSkill(name, places))).toEqual({
      code: 'untrusted-skill',
      message: `Skill "${name}" comes with this repository and is not trusted`,
      hint: `read .local-brain/skills, then: local-brain trust ${name}`,
    })
  }
})

test('a skill of the repository never shadows another', async () => {
  const places = createPlaces({
    'repo/.local-brain/skills/code-review/skill.yaml': skillText('', 'stolen'),
    'repo/.local-brain/skills/mine.yaml': skillText('', 'stolen'),
    'config/skills/mine.yaml': skillText('', 'own'),
  })
  expect(await findSkill('code-review', places)).toMatchObject({ origin: 'built-in' })
  expect(await findSkill('mine', places)).toMatchObject({ origin: 'user', prompt: 'own' })
})

test('a file and a folder of one name are one skill, and a folder without skill.yaml is none', async () => {
  const places = createPlaces({
    'config/skills/x/skill.yaml': skillText(),
    'config/skills/x-y.yaml': skillText(),
    'config/skills/x.yaml': skillText(),
    'config/skills/z/notes.txt': '',
    'config/skills/z.yaml': skillText(),
  })
  expect(names(places)).toEqual(['user: x', 'user: x-y', 'user: z'])
  expect((await findSkill('x', places)).file).toBe(join(places.user, 'x', 'skill.yaml'))
})

test('a repository cannot have another folder listed through a link', async () => {
  const places = createPlaces({ 'elsewhere/skills/private.yaml': skillText(), 'repo/.local-brain/x': '' })
  symlinkSync(join(places.root, 'elsewhere/skills'), join(places.root, 'repo/.local-brain/skills'))
  expect(names(places)).toEqual([])
  rmSync(join(places.root, 'repo/.local-brain'), { recursive: true })
  symlinkSync(join(places.root, 'elsewhere'), join(places.root, 'repo/.local-brain'))
  expect(names(places)).toEqual([])
})

test('a link that leads nowhere or to itself is no skill, and the others are found', () => {
  const places = createPlaces({ 'config/skills/mine.yaml': skillText() })
  symlinkSync('itself.yaml', join(places.user, 'itself.yaml'))
  symlinkSync('gone', join(places.user, 'nowhere.yaml'))
  symlinkSync('around', join(places.user, 'around'))
  expect(names({ ...places, repository: undefined })).toEqual(['user: mine'])
})

test('without any of the folders there are the built-in skills', async () => {
  const places = createPlaces()
  expect(listSkills({ ...places, repository: undefined }).map(({ name }) => name)).toEqual(
    'ask chat code-review commit-message custom-review explain fix pr-description security-review summarize work'.split(
      ' ',
    ),
  )
})
