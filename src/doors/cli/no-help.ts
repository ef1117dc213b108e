import { LocalBrainError } from '../../errors.ts'
import { listSkills } from '../../skills/find.ts'
import { nearest } from '../../text/nearest.ts'
import type { Settings } from './settings.ts'
import { places } from './skill-places.ts'

/** A word after `help` that is no command, of which these are the names. */
export function noHelp(word: string, commands: readonly string[], settings: Settings): LocalBrainError {
  const meant = nearest(word, commands)
  const isSkill = listSkills(places(settings), word).length > 0
  const hint = isSkill ? `local-brain skills show ${word}` : meant && `did you mean "local-brain help ${meant}"?`
  return new LocalBrainError('usage', `There is no command "${word}"`, { hint: hint ?? 'local-brain --help' })
}
