import { isUtf8 } from 'node:buffer'
import { LocalBrainError, isError } from '../../errors.ts'
import { type Change, parseChanges } from './change-list.ts'
import type { Git } from './git.ts'
import { type PatchSection, parsePatch, sizeOf } from './patch.ts'

/** What `git diff` compares: `--cached`, nothing for the working tree, or one or two ids. */
export type Sides = readonly string[]

// What the settings of the repository and the person could change of the output, as far as it is read here; git.ts adds
// what keeps programs from running.
// guard: git-raw-names
const fixed =
  '--no-color --inter-hunk-context=0 -M -l1000 --diff-algorithm=histogram --indent-heuristic -O/dev/null --raw --no-abbrev -z'
const listBytes = 32 * 1024 * 1024

function diffArguments(sides: Sides, more: readonly string[], paths: readonly string[] = []): string[] {
  return ['diff', ...fixed.split(' '), ...more, ...sides, '--', ...paths]
}

/** What `tip` has committed since its merge base with a revision. Rejects with LocalBrainError('unknown-revision'). */
export async function findSides(git: Git, revision: string, tip = 'HEAD'): Promise<[base: string, head: string]> {
  const [from, head] = await Promise.all([git.resolve(revision), git.resolve(tip)])
  const base = (await git.run(['merge-base', from, head], { exitCodes: [1] })).split('\n')[0] ?? ''
  if (base !== '') return [base, head]
  throw new LocalBrainError('unknown-revision', `"${revision}" and ${tip} have no common commit in this repository`, {
    hint: 'git fetch --unshallow (in CI: check out with fetch-depth: 0)',
  })
}

/** core.bigFileThreshold in environment.ts. */
const comparedBytes = 32 * 1024 * 1024

/** Git has to compare all text to count lines; of a gigabyte that takes longer than a list may. */
export const comparingMs = 10_000

/**
 * The files of a diff: names, kinds and sizes. What is asked for as text can be chosen by them. Where comparing them
 * takes too long or too much memory they have no sizes, those that are too large to be compared are binary, and only
 * what was renamed without a change is known as renamed.
 */
export async function listChanges(git: Git, sides: Sides): Promise<Change[]> {
  const options = { maxBytes: listBytes, timeoutMs: comparingMs }
  try {
    return parseChanges(await git.run(diffArguments(sides, ['--numstat']), options)).changes.filter(isChanged)
  } catch (error) {
    if (!isError(error, 'git-failed')) throw error
    return markLarge(git, await listNames(git, sides))
  }
}

/** Git takes what is larger for binary (core.bigFileThreshold), but looks for renames in it all the same. */
async function markLarge(git: Git, changes: readonly Change[]): Promise<Change[]> {
  const ids = [...new Set(changes.flatMap((change) => change.ids ?? []))].filter((id) => /[^0]/.test(id))
  if (ids.length === 0) return [...changes]
  const input = ids.map((id) => `${id}\n`).join('')
  // What a partial clone lacks has no size; that it cannot be read is said where it is read.
  const lines = await git.run(['cat-file', '--batch-check=%(objectsize)'], { input, maxBytes: listBytes }).then(
    (output) => output.split('\n'),
    (error: unknown) => {
      if (isError(error, 'git-failed')) return []
      throw error
    },
  )
  const large = new Set(ids.filter((_, index) => Number(lines[index]) > comparedBytes))
  return changes.map((change) => (change.ids?.some((id) => large.has(id)) ? { ...change, size: null } : change))
}

/** A file that was only touched is listed, but has no size and no text. */
function isChanged({ status, oldMode, newMode, size }: Change): boolean {
  return status !== 'M' || oldMode !== newMode || size !== undefined
}

/** The same without sizes and with exact renames only, for which git need not look into the files. */
export async function listNames(git: Git, sides: Sides): Promise<Change[]> {
  // guard: git-exact-renames
  const more = ['-M100%']
  return parseChanges(await git.run(diffArguments(sides, more), { maxBytes: listBytes })).changes
}

type PatchOptions = {
  /** Only these, without their sizes; by default every file. */
  wanted?: readonly Pick<Change, 'path' | 'oldPath'>[]
  /** Lines around each change. */
  context: number
  maxBytes: number
  /** Past `maxBytes` the rest is left out; without, it is an error. */
  clip?: boolean
  timeoutMs?: number
}

/**
 * The files of a diff and, by path, the text of their changes. A file in conflict has no text. `lossy`: not all of it
 * is UTF-8, and what is not stands as U+FFFD.
 */
export async function readPatch(
  git: Git,
  sides: Sides,
  { wanted, context, clip = false, ...limits }: PatchOptions,
): Promise<{ changes: Change[]; sections: Map<string, PatchSection>; lossy: boolean }> {
  const paths = wanted?.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [oldPath, path])) ?? []
  const read = async (more: readonly string[]) => {
    const args = diffArguments(sides, ['-p', `--unified=${context}`, ...more], paths)
    const bytes = await git.bytes(args, { ...limits, clip })
    const listed = parseChanges(bytes.toString('utf8'))
    const changes = more.length > 0 ? listed.changes.filter(isChanged) : listed.changes
    const isCut = clip && bytes.length >= limits.maxBytes
    return { changes, sections: pair(changes, parsePatch(listed.patch), isCut), lossy: !isUtf8(bytes) }
  }
  // In the working tree a file that was only touched is listed, and has no text. Sizes tell it from one that was
  // changed, but
  // git compares all files once more for them; so they are asked for where list and patch do not agree, or may not.
  const withSizes = ['--numstat']
  let found = await read(clip && sides.length === 0 ? withSizes : [])
  if (found.sections === undefined) found = await read(withSizes)
  const { changes, sections, lossy } = found
  if (!sections) throw new LocalBrainError('git-failed', 'git diff: list and patch do not agree')
  if (!wanted) return { changes, sections, lossy }
  // A path also means a folder of that name, and what is in it may even look like the old name of another file.
  const names = new Map(wanted.map(({ path, oldPath }) => [path, oldPath]))
  const asked = changes.filter(({ path, oldPath }) => names.has(path) && names.get(path) === oldPath)
  return { changes: asked, sections: new Map(asked.flatMap(({ path }) => entry(sections, path))), lossy }
}

function entry(sections: ReadonlyMap<string, PatchSection>, path: string): [string, PatchSection][] {
  const section = sections.get(path)
  return section ? [[path, section]] : []
}

/**
 * The list and the patch come in the same order; a change of type is a removal and an addition in the patch. Undefined where
 * they do not agree. Sets the size of each change, for which git would compare the files once more.
 */
function pair(
  listed: readonly Change[],
  sections: readonly PatchSection[],
  isCut: boolean,
): Map<string, PatchSection> | undefined {
  const pairs = new Map<string, PatchSection>()
  // What was cut through is left out, unless it is all there is.
  const end = isCut && sections.length > 1 ? sections.length - 1 : sections.length
  let at = 0
  for (const change of listed) {
    const { path, status } = change
    const from = at
    at += status === 'U' ? 0 : status === 'T' ? 2 : 1
    const section = status === 'U' ? [] : sections[at - 1]
    if (section === undefined || at > end) continue
    pairs.set(path, section)
    if (status !== 'U') change.size ??= sizeOf(sections.slice(from, at))
  }
  return at === sections.length || isCut ? pairs : undefined
}
