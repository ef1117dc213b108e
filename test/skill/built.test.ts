import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSkill } from '../../src/skill/load.ts'
import { builtInFolder, toolNames } from './folder.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const dist = join(import.meta.dirname, '..', '..', 'dist', 'skills')

test.each(readdirSync(builtInFolder))('the build wrote %s down as its YAML loads', async (name) => {
  const built = join(dist, name, 'skill.yaml')
  const copy = join(temporaryFolder().root, name, 'skill.yaml')
  mkdirSync(dirname(copy))
  copyFileSync(join(builtInFolder, name, 'skill.yaml'), copy)
  const fromYaml = await loadSkill({ file: copy, origin: 'built-in', tools: toolNames })
  expect(await loadSkill({ file: built, origin: 'built-in', tools: toolNames })).toEqual({ ...fromYaml, file: built })
})

test('only for a built-in skill is what lies beside the YAML believed', async () => {
  const { root } = temporaryFolder()
  writeFileSync(join(root, 'skill.yaml'), 'name: mine\ndescription: mine\nuser_prompt_template: from the YAML\n')
  writeFileSync(join(root, 'skill.json'), JSON.stringify({ name: 'mine', prompt: 'from the JSON' }))
  for (const origin of ['path', 'user'] as const) {
    const skill = await loadSkill({ file: join(root, 'skill.yaml'), origin, tools: toolNames })
    expect(skill.prompt).toBe('from the YAML')
  }
  rmSync(join(root, 'skill.json'))
})
