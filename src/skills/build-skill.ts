import { toCode } from './compile-template.ts'
import { loadEngine } from './engine.ts'
import { loadSkill } from './load.ts'
import type { Skill } from './skill.ts'

/** A built-in skill, checked, with its templates compiled: what `loadBuilt` reads. For the build. */
export async function buildSkill(file: string, tools: readonly string[]): Promise<Omit<Skill, 'file'>> {
  const { file: _, ...skill } = await loadSkill({ file, origin: 'built-in', tools })
  const engine = await loadEngine()
  return { ...skill, compiled: { system: toCode(engine, skill.system), prompt: toCode(engine, skill.prompt) } }
}
