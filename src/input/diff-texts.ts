import { createSideReader } from '../workspace/text-sides.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type Chosen, isFromSecret, unreadableReason } from './diff-choose.ts'
import { type Diff, type FileDiff, type Unread, readChanges } from './diff-read.ts'

/** A changed file's text, or the reason for its absence. */
export type Text = (FileDiff | Unread) & { chosen: Chosen }

/** The text of what was chosen, in that order, as git shows it or, where git shows no text, from both sides. */
export async function* textsOf(diff: Diff, chosen: readonly Chosen[], workspace: Workspace): AsyncGenerator<Text> {
  const readSides = createSideReader(workspace)
  for (const some of alike(chosen)) {
    if (some[0]?.apart) yield* await Promise.all(some.map((one) => readApart(one, readSides)))
    else yield* readShown(diff, some)
  }
}

async function* readShown(diff: Diff, some: readonly Chosen[]): AsyncGenerator<Text> {
  const byChange = new Map(some.map((one) => [one.change, one]))
  for await (const file of readChanges(diff, [...byChange.keys()])) {
    const chosen = byChange.get(file.change)
    if (chosen) yield { ...file, chosen }
  }
}

const sidesAtOnce = 8

/** Neighbours that are read in the same way; of those that take a process each, a few. */
function alike(chosen: readonly Chosen[]): Chosen[][] {
  const groups: Chosen[][] = []
  for (const one of chosen) {
    const group = groups.at(-1)
    const isFull = one.apart && group?.length === sidesAtOnce
    if (group !== undefined && group[0]?.apart === one.apart && !isFull) group.push(one)
    else groups.push([one])
  }
  return groups
}

async function readApart(chosen: Chosen, readSides: ReturnType<typeof createSideReader>): Promise<Text> {
  const { change } = chosen
  const onlyNew = isFromSecret(change)
  const sides = await readSides(change, { onlyNew })
  const { path } = change
  if (typeof sides === 'string') return { path, change, chosen, ...unreadableReason(path, sides) }
  // The new file's text is all that is shown of what came out of a secret.
  const shown = onlyNew ? { ...change, oldPath: undefined, oldMode: '000000' } : change
  return { path, change: shown, chosen, ...sides, whole: true }
}
