import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSkill } from '../../src/skills/load.ts'
import { renderPrompt } from '../../src/skills/prompt.ts'
import type { Skill } from '../../src/skills/skill.ts'
import { builtInFolder, knownTools } from './folder.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const dist = join(import.meta.dirname, '..', '..', 'dist', 'skills')

/** A skill as the build left it, and the same one from its YAML alone. */
async function bothWays(name: string) {
  const built = join(dist, name, 'skill.yaml')
  const copy = join(temporaryFolder().root, name, 'skill.yaml')
  mkdirSync(dirname(copy))
  copyFileSync(join(builtInFolder, name, 'skill.yaml'), copy)
  const load = (file: string) => loadSkill({ file, origin: 'built-in', tools: knownTools })
  return { built: await load(built), fromYaml: await load(copy) }
}

test.each(readdirSync(builtInFolder))('the build wrote %s down as its YAML loads', async (name) => {
  const { built, fromYaml } = await bothWays(name)
  expect(built.compiled).toBeDefined()
  expect({ ...built, file: '' }).toEqual({ ...fromYaml, file: '' })
})

test.each(readdirSync(builtInFolder))('what the build compiled of %s says what its YAML says', async (name) => {
  const { built, fromYaml } = await bothWays(name)
  const values = { input: 'why?', content: '{{ 7*7 }}', files: [{ path: 'a.ts', language: 'ts', content: 'one' }] }
  for (const given of [{}, values, { ...values, diff: '+one', path: 'a.ts', filename: 'a.ts' }]) {
    const say = (skill: Skill) => renderPrompt(skill, given).catch((error: Error) => error.message)
    expect(await say(built)).toEqual(await say(fromYaml))
  }
})

test('only for a built-in skill is what lies beside the YAML believed', async () => {
  const { root } = temporaryFolder()
  writeFileSync(join(root, 'skill.yaml'), 'name: mine\ndescription: mine\nuser_prompt_template: from the YAML\n')
  writeFileSync(join(root, 'skill.json'), JSON.stringify({ name: 'mine', prompt: 'from the JSON' }))
  for (const origin of ['path', 'user'] as const) {
    const skill = await loadSkill({ file: join(root, 'skill.yaml'), origin, tools: knownTools })
    expect(skill.prompt).toBe('from the YAML')
  }
  rmSync(join(root, 'skill.json'))
})
