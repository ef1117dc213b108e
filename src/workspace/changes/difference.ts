import { type Change, parseChanges } from '../git/change-list.ts'
import type { ChangeKind } from '../edit-policy.ts'
import type { WritingGit } from '../git/git.ts'
import { sensitivityOf } from '../sensitive.ts'

/** One file that two trees have differently. Paths are relative to the top of the project. */
export type FileChange = {
  path: string
  kind: ChangeKind
  /** The old path of one that moved. */
  from?: string
  /** Lines; 0 where git takes the file for binary. */
  added: number
  removed: number
  binary: boolean
  /** As git writes it, of the file as it will be; of one that is deleted, as it was. */
  mode: string
  /** Some program runs it, or obeys it, without being asked. */
  sensitive: boolean
  before: Side
  after: Side
}

/** What git calls a content, and how it keeps it; null where there is no file. */
export type Side = { id: string; mode: string } | null

export type Difference = {
  changes: FileChange[]
  /** As `git apply` takes it; bytes, since a file need not be UTF-8. Binary files are named on top and not included. */
  patch: Buffer
}

const fixed =
  '--no-color --full-index --inter-hunk-context=0 -M -l1000 --diff-algorithm=histogram --indent-heuristic -O/dev/null --src-prefix=a/ --dst-prefix=b/'
const maxPatch = 256 * 1024 * 1024

/** What changes from one tree to the other; with `only`, in these files. */
export async function compareTrees(
  own: WritingGit,
  from: string,
  to: string,
  only: readonly string[] = [],
): Promise<Difference> {
  const listed = await own.run(
    ['diff', ...fixed.split(' '), '--raw', '--no-abbrev', '--numstat', '-z', from, to, '--', ...only],
    {
      maxBytes: 64 * 1024 * 1024,
    },
  )
  const { changes } = parseChanges(listed)
  if (changes.length === 0) return { changes: [], patch: Buffer.alloc(0) }
  const text = await own.bytes(['diff', ...fixed.split(' '), '-p', from, to, '--', ...only], { maxBytes: maxPatch })
  return { changes: await described(own, changes), patch: withoutBinary(text) }
}

async function described(own: WritingGit, changes: readonly Change[]): Promise<FileChange[]> {
  const result: FileChange[] = []
  for (const change of changes) {
    const { path, oldPath, status, oldMode, newMode, size } = change
    const [oldId = '', newId = ''] = change.ids ?? []
    const before = side(oldId, oldMode)
    const after = side(newId, newMode)
    const kind = status === 'R' ? 'move' : before === null ? 'create' : after === null ? 'delete' : 'modify'
    result.push({
      path,
      kind,
      from: oldPath,
      added: size?.added ?? 0,
      removed: size?.removed ?? 0,
      binary: size === null,
      mode: after?.mode ?? oldMode,
      sensitive: await isSensitive(own, { path, from: oldPath, before, after }),
      before,
      after,
    })
  }
  return result
}

type Moved = Pick<FileChange, 'path' | 'from' | 'before' | 'after'>

/** Of a file that moved, both names count. The text decides only for a `package.json`. */
async function isSensitive(own: WritingGit, { path, from, before, after }: Moved): Promise<boolean> {
  const read = async (one: Side, name: string) =>
    one === null || !/package\.json$/i.test(name) ? undefined : own.run(['cat-file', 'blob', one.id])
  const names = from === undefined ? [path] : [path, from]
  const texts = await Promise.all(
    names.map(async (name) => ({ name, old: await read(before, name), now: await read(after, name) })),
  )
  return texts.some(({ name, old, now }) => sensitivityOf(name, old, now) !== undefined)
}

function side(id: string, mode: string): Side {
  return mode === '000000' ? null : { id, mode }
}

/**
 * `git apply` refuses a whole patch for one binary file without content. A line of a hunk never begins with one of these
 * words: git puts a mark in front of it.
 */
function withoutBinary(patch: Buffer): Buffer {
  // Latin-1 keeps every byte, and a place in the text is a place in the bytes.
  const text = patch.toString('latin1')
  const starts = [...text.matchAll(/^diff --git /gm)].map(({ index }) => index)
  const sections = starts.map((start, at) => text.slice(start, starts[at + 1]))
  const binary = sections.filter((section) => /^Binary files /m.test(section))
  if (binary.length === 0) return patch
  const names = binary.map(
    (section) => `Not included, since it is binary: ${section.split('\n', 1)[0]?.slice('diff --git '.length)}\n`,
  )
  const kept = sections.filter((section) => !binary.includes(section))
  return Buffer.from([...names, ...(kept.length > 0 ? ['\n'] : []), ...kept].join(''), 'latin1')
}
