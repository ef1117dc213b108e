import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { escapeText } from '../../../text/escape.ts'
import { defaultTimeout, defaultTurns } from '../../../app/request.ts'
import { type FoundSkill, listSkills, locateSkill, type SkillPlaces } from '../../../skills/find.ts'
import { loadSkill } from '../../../skills/load.ts'
import type { Skill } from '../../../skills/skill.ts'
import { repositoryOf } from '../../../skills/repository-skill.ts'
import { dropGrant, findGrant, saveGrant } from '../../../skills/trust.ts'
import { suggestion } from '../../../text/nearest.ts'
import { writeOut } from '../output.ts'
import { places } from '../skill-places.ts'
import { explain } from './explain.ts'
import { paragraphs } from '../terminal.ts'

export function defineTrust(command: Command): void {
  command.option('--revoke', 'allow them no longer')
  explain(command, {
    examples: [
      ['local-brain trust', 'show what each may do, and allow all'],
      ['local-brain trust release-notes', 'one of them'],
      ['local-brain trust --revoke', 'none any more'],
    ],
    files:
      'reads .local-brain/skills of the repository; writes ~/.local/state/local-brain/trust, never the repository.',
  }).action(trustSkills)
}

/**
 * Shows what each of the repository's own skills would be allowed to do, then remembers its
 * content. Only this command grants, and only to the bytes that it has shown.
 */
async function trustSkills(name: string | undefined, { revoke = false }: { revoke?: boolean }): Promise<void> {
  const around = places()
  for (const skill of await wanted(name, around)) {
    if (revoke) await revokeOne(skill, around)
    else await grantOne(skill, around)
  }
}

async function grantOne({ file, origin }: FoundSkill, { tools, grants }: SkillPlaces): Promise<void> {
  const place = await repositoryOf(file)
  if (place === undefined) throw new Error(`"${file}" is not a skill of a repository`)
  const skill = await loadSkill({ file, origin, tools })
  const before = findGrant(grants, place)
  await writeOut(paragraphs(escapeText(describe(skill, before?.sha256))))
  await saveGrant(grants, { ...place, sha256: skill.sha256 })
  await writeOut(paragraphs('  trusted until a byte of it changes\n'))
}

async function revokeOne({ name, file }: FoundSkill, { grants }: SkillPlaces): Promise<void> {
  const place = await repositoryOf(file)
  if (place !== undefined) await dropGrant(grants, place)
  await writeOut(paragraphs(escapeText(`No longer trusted: ${name}\n`)))
}

/** One by name or path, without a name all of them; a name that another skill has is meant for the repository's. */
async function wanted(name: string | undefined, around: SkillPlaces): Promise<FoundSkill[]> {
  const own = listSkills(around).filter(({ origin }) => origin === 'repository')
  if (name === undefined && own.length > 0) return own
  if (name === undefined) {
    throw new LocalBrainError('usage', 'This repository brings no skills', { hint: 'local-brain skills' })
  }
  const found = own.find((skill) => skill.name === name) ?? (await locateSkill(name, around).catch(() => undefined))
  if (found?.origin === 'repository') return [found]
  throw new LocalBrainError('unknown-skill', `This repository brings no skill "${name}"`, {
    hint:
      own.length > 0
        ? suggestion(
            name,
            own.map((skill) => skill.name),
          )
        : 'local-brain skills',
  })
}

const abilities = {
  read: 'it may read',
  write: 'it may change files, if you allow it',
  run: 'it may change files and run commands, if you allow it',
}

function mayRun(commands: Skill['commands'], checks: Skill['checks']): string {
  const lines = checks.map(({ command }) => `  check   ${command}\n`)
  return (commands === undefined ? '' : `  runs    ${commands.join(', ')}\n`) + lines.join('')
}

function describe(skill: Skill, before: string | undefined): string {
  const { name, file, description, tools, access, scope, checks, commands, limits, sha256 } = skill
  const turns = Math.min(limits.turns ?? defaultTurns, defaultTurns)
  const timeout = Math.min(limits.timeout ?? defaultTimeout, defaultTimeout)
  return `${name}: ${description.split('\n', 1).join()}
  file    ${file}
  access  ${access}: ${abilities[access]}${scope === undefined ? '' : `, in ${scope.join(', ')}`}
  tools   ${tools.length === 0 ? 'none' : `${tools.join(', ')}${access === 'read' ? ' (all of them only read)' : ''}`}
${mayRun(commands, checks)}  limits  ${turns} turns, ${timeout} s
  sha256  ${sha256}${before === undefined || before === sha256 ? '' : `\n  before  ${before}`}
`
}
