import { loadSkill } from '../src/skills/load.ts'
import type { KnownTool, Skill } from '../src/skills/skill.ts'

/** Checks a built-in skill and compiles its templates, for `loadBuilt` to read (src/skills/load.ts). */
export async function buildSkill(file: string, tools: readonly KnownTool[]): Promise<Omit<Skill, 'file'>> {
  const { file: _, ...skill } = await loadSkill({ file, origin: 'built-in', tools })
  return skill
}
