import { LocalBrainError } from '../../errors.ts'
import type { GitSetting } from './environment.ts'
import { type GitStart, runGit } from './process.ts'

type Entry = { scope: string; key: string; value: string }

/** What has to be known about a repository's configuration before anything in it is used. */
export type RepositorySettings = {
  /** Blanks for every filter driver, and the user's own values that git would lose without the user's files. */
  overrides: GitSetting[]
  /** core.hooksPath as it stands, for who installs a hook; we never run one. */
  hooksPath: string | undefined
  /** core.worktree is set: the repository itself says where its files are. */
  namesWorkTree: boolean
}

const wanted =
  '^(safe\\.(directory|barerepository)|core\\.(excludesfile|autocrlf|eol|hookspath|worktree)|user\\.(name|email)|filter\\..*\\.(clean|smudge|process|required))$'
const maxDrivers = 500
// Not from the repository: these would let it vouch for itself, or point at any file.
const usersOwn = new Set([
  'safe.directory',
  'core.excludesfile',
  'core.autocrlf',
  'core.eol',
  'user.name',
  'user.email',
])

/** Reads them with a command that runs nothing. The environment still lets git see the user's own files. */
export async function readSettings(git: GitStart): Promise<RepositorySettings> {
  const args = ['config', '-z', '--show-scope', '--includes', '--get-regexp', wanted]
  // No match, or no such option: an old git, seen below.
  const output = await runGit({ ...git, args, maxBytes: 1024 * 1024, timeoutMs: 10_000, exitCodes: [1, 129] })
  const entries = parseEntries(output.toString('utf8'))
  // Our own setting comes back when git reads settings from the environment; before 2.31 it did not.
  if (
    !entries.some(
      ({ scope, key, value }) => scope === 'command' && key === 'safe.barerepository' && value === 'explicit',
    )
  )
    throw new LocalBrainError('git-refused', 'This git is too old to be used safely on untrusted code', {
      hint: 'install git 2.31 or newer',
    })
  const outside = entries.filter(({ scope }) => scope !== 'command')
  const last = (key: string) => outside.findLast((entry) => entry.key === key)?.value
  return {
    overrides: [...blanks(outside), ...carried(outside)],
    hooksPath: last('core.hookspath'),
    namesWorkTree: last('core.worktree') !== undefined,
  }
}

function carried(entries: readonly Entry[]): GitSetting[] {
  return entries
    .filter(({ scope, key }) => usersOwn.has(key) && (scope === 'global' || scope === 'system'))
    .map(({ key, value }) => [key, value])
}

function blanks(entries: readonly Entry[]): GitSetting[] {
  const drivers = new Set(
    entries.flatMap(({ key }) => (key.startsWith('filter.') ? [key.slice(0, key.lastIndexOf('.'))] : [])),
  )
  if (drivers.size > maxDrivers)
    throw new LocalBrainError('git-refused', `The repository configures ${drivers.size} filter drivers`)
  // guard: filter-drivers
  return [...drivers].flatMap((driver): GitSetting[] => [
    // guard: filter-clean
    [`${driver}.clean`, ''],
    // guard: filter-smudge
    [`${driver}.smudge`, ''],
    // guard: filter-process
    [`${driver}.process`, ''],
    [`${driver}.required`, 'false'],
  ])
}

/** `scope NUL key LF value NUL …`; a key without `=` has no LF. */
function parseEntries(output: string): Entry[] {
  const parts = output.split('\0')
  const entries: Entry[] = []
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [scope = '', entry = ''] = parts.slice(index, index + 2)
    const end = entry.indexOf('\n')
    entries.push({ scope, key: end < 0 ? entry : entry.slice(0, end), value: end < 0 ? '' : entry.slice(end + 1) })
  }
  return entries
}
