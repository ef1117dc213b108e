import { LocalBrainError } from '../../errors.ts'
import type { Skill } from '../../skills/skill.ts'
import { shellWord } from '../../text/shell-word.ts'

/** A run that was given nothing, by a skill that has to be given something. `name`: as it was typed. */
export function nothingGiven(name: string | undefined, skill: Skill | undefined): LocalBrainError {
  const run = name === undefined ? 'local-brain' : `local-brain -s ${shellWord(name)}`
  const words = skill === undefined ? '<question>' : wordsFor(skill)
  return new LocalBrainError('usage', 'There is nothing to work on', {
    hint: `${run} --git-diff, ${run} -f <file>${words === undefined ? '' : `, or ${run} "${words}"`}`,
  })
}

/** What a person says to a skill that finds by itself what it is about; undefined for one that has to be given that. */
function wordsFor({ prompt, tools, offerTools, output, access }: Skill): string | undefined {
  const looks = output === 'markdown' && tools.length > 0 && offerTools === 'always' && /\binput\b/.test(prompt)
  if (!looks) return undefined
  return access === 'read' ? '<question>' : '<what to change>'
}
