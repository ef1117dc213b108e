import type { Skill } from '../skills/skill.ts'

/** A skill may set a lower or higher limit than usual; a repository's skill only a lower one. */
export function limitOf({ limits, origin }: Skill, name: keyof Skill['limits'], usual: number): number {
  const wanted = limits[name] ?? usual
  // guard: skill-limits
  return origin === 'repository' ? Math.min(wanted, usual) : wanted
}
