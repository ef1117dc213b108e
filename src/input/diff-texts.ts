import { createSideReader } from '../workspace/text-sides.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Marks } from './attributes.ts'
import { type Choice, type Chosen, isFromSecret, unreadableReason } from './diff-choose.ts'
import { type Diff, type FileDiff, type Unread, readChanges } from './diff-read.ts'

/** The text of what was chosen, as git shows it or, where that is no text, from both sides. */
export async function* textsOf(diff: Diff, { chosen, apart }: Choice, workspace: Workspace): AsyncGenerator<Text> {
  const marks = new Map(chosen.map((one) => [one.change, one.marks]))
  for await (const file of readChanges(diff, [...marks.keys()])) yield { ...file, marks: marks.get(file.change) ?? {} }
  const readSides = createSideReader(workspace)
  for (let at = 0; at < apart.length; at += sidesAtOnce) {
    const some = apart.slice(at, at + sidesAtOnce)
    yield* await Promise.all(some.map((one) => readApart(one, readSides)))
  }
}

/** A changed file's text, or why there is none, with what the repository said of the file before. */
export type Text = (FileDiff | Unread) & { marks: Marks }

const sidesAtOnce = 8

async function readApart({ change, marks }: Chosen, readSides: ReturnType<typeof createSideReader>): Promise<Text> {
  const onlyNew = isFromSecret(change)
  const sides = await readSides(change, { onlyNew })
  const { path } = change
  if (typeof sides === 'string') return { path, change, marks, ...unreadableReason(path, sides) }
  // The new file's text is all that is shown of what came out of a secret.
  const shown = onlyNew ? { ...change, oldPath: undefined, oldMode: '000000' } : change
  return { path, change: shown, marks, ...sides, whole: true }
}
