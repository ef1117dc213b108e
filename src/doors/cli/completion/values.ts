import type { Command } from 'commander'
import { listSkills } from '../../../skills/find.ts'
import type { SkillOrigin } from '../../../skills/skill.ts'
import { findGit } from '../../../workspace/git/open.ts'
import { hookNames } from '../../hooks/hook-name.ts'
import { openEngine } from '../access.ts'
import { loadLeniently } from '../config.ts'
import { levelNames } from '../flag-values.ts'
import { readSettings } from '../settings.ts'
import { places } from '../skill-places.ts'
import { shells } from './scripts.ts'
import type { Place, Value } from './place.ts'

/** Milliseconds that somebody who pressed Tab may wait for names from elsewhere. */
const patienceMs = 1000

/** The values of a known set that a flag or an argument takes, by its name in the help. */
export async function namedValues(kind: string, place: Place): Promise<Value[]> {
  const { command } = place
  const group = command.parent?.name()
  if (group === 'hook' && kind === 'name') return named(hooksOf(command))
  if (group === 'skills' && kind === 'name') return command.name() === 'new' ? [] : skills()
  if (kind === 'action') return named(actions[command.name()] ?? [])
  if (kind === 'key') return safely(async () => (await import('../parse-config.ts')).configKeys)
  if (kind === 'levels') return named(levelNames)
  if (kind === 'skill') return skills(['repository'])
  if (kind === 'name|path') return skills()
  if (kind === 'shell') return named(shells)
  if (kind === 'model') return safely(models)
  if (kind === 'rev') return safely(revisions)
  if (kind === 'id' || kind === 'n') return safely(async () => (await import('./kept.ts')).keptValues(kind, place))
  return []
}

/** What can be done with something, where a command takes that as its first word. */
const actions: Readonly<Record<string, readonly string[]>> = {
  config: ['list', 'path', 'get', 'set', 'unset'],
  runs: ['list', 'clear'],
  changes: ['list', 'show'],
}

/** The commands of a group, and of the program. */
export function commandsOf({ commands }: Command): Value[] {
  return commands
    .filter((command) => !('_hidden' in command && command._hidden === true))
    .map((command) => ({ value: command.name(), help: command.description() }))
}

function hooksOf(command: Command): readonly string[] {
  return command.name() === 'run' ? [...hookNames, 'claude-code'] : hookNames
}

/**
 * Names go into a command line that a person then sends off, and some of them come from elsewhere. None may have a
 * character that means something to a shell.
 */
function named(names: readonly (string | Value)[]): Value[] {
  const values = names.map((name) => (typeof name === 'string' ? { value: name, help: '' } : name))
  return values.filter(({ value }) => /^[\w./:@+%][\w./:@+%-]*$/.test(value))
}

function skills(origins: readonly SkillOrigin[] = ['built-in', 'user', 'repository']): Promise<Value[]> {
  return safely(async () => {
    const found = listSkills(places())
    return found.filter(({ origin }) => origins.includes(origin)).map(({ name }) => name)
  })
}

/** Values that take too long to find are not offered. */
async function safely(list: () => Promise<readonly (string | Value)[]>): Promise<Value[]> {
  try {
    return named(await list())
  } catch {
    return []
  }
}

/** Of a server on this machine. */
async function models(): Promise<string[]> {
  const settings = readSettings()
  const { config } = await loadLeniently(settings.paths)
  const engine = await openEngine({}, settings, config)
  try {
    const found = await engine.list(AbortSignal.timeout(patienceMs))
    return [...Object.keys(config.aliases ?? {}), ...found.map(({ name }) => name)]
  } finally {
    engine.close()
  }
}

async function revisions(): Promise<string[]> {
  const { cwd, environment } = readSettings()
  const git = findGit(cwd, { environment, signal: AbortSignal.timeout(patienceMs) })
  const args = ['for-each-ref', '--format=%(refname:short)', '--count=500', 'refs/heads', 'refs/remotes', 'refs/tags']
  if (git === null) return []
  const output = await git.run(args, { maxBytes: 100_000, clip: true })
  return ['HEAD', ...output.split('\n').filter(Boolean)]
}
