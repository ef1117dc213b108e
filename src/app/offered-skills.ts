import { type Access, includes } from '../core/access.ts'
import { isError } from '../errors.ts'
import { type SkillPlaces, listSkills, loadFound } from '../skills/find.ts'
import type { Skill } from '../skills/skill.ts'

/** The skills that another program may run: those that can be loaded, are trusted, and want no more than is allowed. */
export async function offeredSkills(places: SkillPlaces, allow: Access): Promise<Skill[]> {
  const found = listSkills(places)
  const loaded = await Promise.all(
    found.map(async (one) =>
      loadFound(one, places).catch((error: unknown) => {
        if (isError(error)) return undefined
        throw error
      }),
    ),
  )
  const seen = new Set<string>()
  return loaded.filter((skill): skill is Skill => {
    // guard: offered-access
    if (skill === undefined || !includes(allow, skill.access)) return false
    const isFirst = !seen.has(skill.name)
    seen.add(skill.name)
    return isFirst
  })
}
