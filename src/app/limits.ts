import type { Skill } from '../skills/skill.ts'

/** How many files and lines a run may change before a person is asked. */
export function changeLimits(skill: Skill): { files: number; lines: number } {
  return { files: limitOf(skill, 'changed_files', 50), lines: limitOf(skill, 'changed_lines', 5000) }
}

/** A skill may set a lower or higher limit than usual; a repository's skill only a lower one. */
export function limitOf({ limits, origin }: Skill, name: keyof Skill['limits'], usual: number): number {
  const wanted = limits[name] ?? usual
  // guard: skill-limits
  return origin === 'repository' ? Math.min(wanted, usual) : wanted
}
