import { chmod, lstat, mkdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import * as z from 'zod'
import { LocalBrainError } from '../../errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { sha256 } from '../../text/hash.ts'

const stepSchema = z.object({
  path: z.string(),
  /** The folder that holds the two files below. Default: the folder of the path. */
  beside: z.string().optional(),
  /** Names of files: the new content until it takes its place, and the old one once it has. */
  temporary: z.string().nullable(),
  backup: z.string().nullable(),
  /** SHA-256 of the new content. */
  after: z.string().nullable(),
})
const journalSchema = z.object({
  schema: z.literal('local-brain.journal/1'),
  pid: z.number(),
  steps: z.array(stepSchema),
  /** Folders that were made, outermost first. */
  made: z.array(z.string()),
  /** Folders that gave way to files, outermost first, with their permissions. */
  emptied: z.array(z.object({ path: z.string(), mode: z.number() })).optional(),
  /** What is known about it, which changes with it: files beside the journal. */
  records: z.array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string() })),
})
export type Step = z.infer<typeof stepSchema>
export type Journal = z.infer<typeof journalSchema>

/** One of our own files, changed together with the others. */
export type RecordWrite = Journal['records'][number]

export function journalIn(folder: string): string {
  return join(folder, 'journal.json')
}

export function places(
  top: string,
  { path, beside = dirname(path), temporary, backup }: Step,
): [target: string, temporary?: string, backup?: string] {
  const placed = (name: string | null) => (name === null ? undefined : join(top, beside, basename(name)))
  return [join(top, path), placed(temporary), placed(backup)]
}

/** The old contents go, and folders that are empty without them, as git does it. */
export async function finish(top: string, { steps }: Journal): Promise<void> {
  for (const step of steps) {
    const [, , backup] = places(top, step)
    if (backup !== undefined) await rm(backup, { force: true })
    if (step.temporary === null) await removeEmpty(top, dirname(step.path))
  }
}

async function removeEmpty(top: string, folder: string): Promise<void> {
  if (folder === '.') return
  const removed = await rmdir(join(top, folder)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true
      // A file may stand there by now.
      if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(error.code ?? '')) return false
      throw error
    },
  )
  if (removed) await removeEmpty(top, dirname(folder))
}

/** Makes every file and record what it was. Returns the names of those that could not be taken back. */
export async function takeBack(top: string, folder: string, journal: Journal): Promise<string[]> {
  return [...(await takeFilesBack(top, journal)), ...(await takeRecordsBack(folder, journal))]
}

/** What is new goes first: a file may stand where a folder has to come back, and a folder where a file has to. */
async function takeFilesBack(top: string, { steps, made, emptied = [] }: Journal): Promise<string[]> {
  const left: string[] = []
  const takeEach = async (some: readonly Step[]) => {
    for (const step of some.toReversed()) {
      // One that fails must not keep the others from being taken back.
      if (!(await takeStepBack(top, step).catch(() => false))) left.push(step.path)
    }
  }
  await takeEach(steps.filter(({ temporary }) => temporary !== null))
  for (const folder of made.toReversed()) await rmdir(join(top, folder)).catch(() => undefined)
  for (const { path, mode } of emptied) {
    const made = await mkdir(join(top, path)).catch(() => 'there')
    if (made === undefined) await chmod(join(top, path), mode)
  }
  await takeEach(steps.filter(({ temporary }) => temporary === null))
  return left
}

/** Returns the names of those that could not be taken back. */
async function takeRecordsBack(folder: string, { records }: Journal): Promise<string[]> {
  const left: string[] = []
  for (const { name, before } of records) {
    const file = join(folder, name)
    const isAsBefore = (await readFile(file, 'utf8').catch(() => null)) === before
    if (isAsBefore) continue
    const back = before === null ? rm(file, { force: true }) : writeAtomic(file, before)
    await back.catch(() => left.push(name))
  }
  return left
}

async function takeStepBack(top: string, step: Step): Promise<boolean> {
  const [target, temporary, backup] = places(top, step)
  const isWaiting = temporary !== undefined && (await exists(temporary))
  if (backup !== undefined && (await exists(backup))) {
    const now = await hashOf(target)
    // Somebody changed it after it was written here: theirs stays, and so does the old one beside it.
    if (now !== undefined && !isWaiting && now !== step.after) return false
    await rename(backup, target)
    // Two names of one file: rename leaves both.
    await rm(backup, { force: true })
  } else if (
    backup === undefined &&
    (isWaiting ? await isSame(temporary, target) : await hasHash(target, step.after))
  ) {
    await rm(target)
  }
  if (isWaiting) await rm(temporary, { force: true })
  return true
}

async function hasHash(file: string, wanted: string | null): Promise<boolean> {
  return wanted !== null && (await hashOf(file)) === wanted
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(one), lstat(other).catch(() => undefined)])
  return a.ino === b?.ino && a.dev === b.dev
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Whether there is something that is neither a file nor a folder. */
async function isOther(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found !== undefined && !found.isFile() && !found.isDirectory()
}

/** SHA-256 of a plain file; undefined where there is none. */
export async function hashOf(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isFile() ? sha256(await readFile(path)) : undefined
}

/**
 * Finishes or takes back what an interrupted `writeAll` left; undefined when there is nothing to do. Rejects with
 * LocalBrainError('usage') when another process is at it.
 */
export async function recover(
  { top, folder }: { top: string; folder: string },
  isAlive: (pid: number) => boolean,
): Promise<{ finished: boolean; left: string[] } | undefined> {
  const text = await readFile(journalIn(folder), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const parsed = journalSchema.safeParse(parseJson(text))
  if (!parsed.success) return undefined
  const journal = parsed.data
  // guard: journal-in-use
  if (journal.pid !== process.pid && isAlive(journal.pid)) {
    throw new LocalBrainError('usage', 'Another local-brain is writing changes into this project', {
      hint: 'wait for it, then run the same command again',
    })
  }
  const states = await Promise.all(journal.steps.map(async (step) => isDone(top, step)))
  const finished = states.every(Boolean)
  if (finished) {
    for (const { name, after } of journal.records) await writeAtomic(join(folder, name), after)
    await finish(top, journal)
  }
  const left = finished ? [] : await takeBack(top, folder, journal)
  await rm(journalIn(folder), { force: true })
  return { finished, left }
}

async function isDone(top: string, step: Step): Promise<boolean> {
  const [target, temporary] = places(top, step)
  // Below what was a file there may be new ones.
  if (temporary === undefined) return (await hashOf(target)) === undefined && !(await isOther(target))
  return !(await exists(temporary)) && hasHash(target, step.after)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
