import { link, lstat, mkdir, open, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LocalBrainError } from '../../errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { wordsAndPlace } from '../../text/system-words.ts'
import { randomHex, sha256 } from '../../text/hash.ts'
import { notAvailable } from '../confine.ts'
import { type FileWrite, planFolders } from './folder-plan.ts'
import {
  exists,
  finish,
  hashOf,
  type Journal,
  journalIn,
  places,
  type RecordWrite,
  type Step,
  takeBack,
} from './journal.ts'

export type Transaction = {
  top: string
  /** For the journal and the records. */
  folder: string
  writes: readonly FileWrite[]
  records: readonly RecordWrite[]
}

/**
 * Writes all of these files or none. What is to be written lies beside its place and on the disk before the first file
 * is touched; whoever is interrupted leaves a journal, which `recover` finishes or takes back. Rejects with
 * LocalBrainError('output') when something can't be written: then every file is as it was, the same inode with the same
 * time. Rejects with 'usage' when a file is no longer what it must be.
 */
export async function writeAll({ top, folder, writes, records }: Transaction): Promise<void> {
  const { ways, ...plan } = await planFolders(top, writes)
  const steps = writes.map((write): [Step, FileWrite] => [stepFor(write, ways.get(write.path)), write])
  const journal: Journal = {
    schema: 'local-brain.journal/1',
    pid: process.pid,
    steps: steps.map(([step]) => step),
    made: [...plan.made, ...plan.late],
    emptied: plan.emptied,
    records: [...records],
  }
  const [gone, coming] = [true, false].map((isGone) => steps.filter(([, { content }]) => (content === null) === isGone))
  try {
    // Before anything lies in the project that would have to be taken away again.
    await writeAtomic(journalIn(folder), JSON.stringify(journal))
    for (const made of plan.made) await mkdir(join(top, made))
    for (const step of steps) await stage(top, ...step)
    for (const step of gone ?? []) await commit(top, ...step)
    for (const { path } of plan.emptied.toReversed()) await giveWay(top, path)
    for (const late of plan.late) await mkdir(join(top, late))
    for (const step of coming ?? []) await commit(top, ...step)
    await settleOnDisk(top, journal)
    for (const { name, after } of records) await writeAtomic(join(folder, name), after)
  } catch (error) {
    const left = await takeBack(top, folder, journal)
    if (left.length === 0) await rm(journalIn(folder), { force: true }).catch(() => undefined)
    throw error instanceof LocalBrainError ? error : cannotWrite(error, left)
  }
  // What can't be tidied up now is tidied up at the next start.
  await finish(top, journal)
    .then(async () => rm(journalIn(folder), { force: true }))
    .catch(() => undefined)
}

function stepFor({ path, before, content }: FileWrite, beside?: string): Step {
  const mark = `.local-brain-${randomHex(6)}`
  const backup = before === null ? null : `${mark}.old`
  if (content === null) return { path, beside, temporary: null, backup, after: null }
  return { path, beside, temporary: `${mark}.new`, backup, after: sha256(content) }
}

function cannotWrite(cause: unknown, left: readonly string[]): LocalBrainError {
  const reason = wordsAndPlace(cause)
  if (left.length === 0) {
    return new LocalBrainError('output', `The changes could not be written: ${reason}; every file is as it was`, {
      hint: 'make room, or correct the permissions, then run the same command again',
      cause,
    })
  }
  const problem = `The changes could not be written, nor all of them taken back: ${reason} (${left.join(', ')})`
  return new LocalBrainError('output', problem, { hint: 'local-brain changes takes the rest back', cause })
}

/** The new content beside its place. */
async function stage(top: string, step: Step, { path, before, content, executable }: FileWrite): Promise<void> {
  const [, temporary] = places(top, step)
  if (content === null || temporary === undefined) return
  await checkPlain(dirname(temporary), path)
  const found = before === null ? undefined : await lstat(join(top, path))
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    if (found !== undefined) await handle.chown(found.uid, found.gid).catch(() => undefined)
    await handle.chmod(modeOf(found?.mode, executable))
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A file keeps its permissions but for being executable; a new one gets the usual ones. */
function modeOf(before: number | undefined, executable: boolean): number {
  const mode = (before ?? 0o666 & ~process.umask()) & 0o777
  // Anyone who may read it may run it.
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111
}

/** No link on the way: it would lead the change to another file. */
async function checkPlain(folder: string, path: string): Promise<void> {
  // guard: apply-plain-folder
  if ((await realpath(folder)) !== folder) throw notAvailable(path)
}

async function commit(top: string, step: Step, { path, before }: FileWrite): Promise<void> {
  const [target, temporary, backup] = places(top, step)
  await checkPlain(dirname(target), path)
  if (backup !== undefined && before !== null) {
    if (temporary === undefined) await rename(target, backup)
    else await link(target, backup).catch(async () => rename(target, backup))
    // The very file that gives way, not one that may have come in its place since it was looked at.
    // guard: apply-unchanged
    if ((await hashOf(backup)) !== before) throw changed(path)
    if (temporary !== undefined) await rename(temporary, target)
  } else if (temporary !== undefined) await putNew(temporary, target, path)
}

async function putNew(temporary: string, target: string, path: string): Promise<void> {
  try {
    await link(temporary, target)
    await rm(temporary)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await exists(target))) throw changed(path)
    // A file system without hard links.
    await rename(temporary, target)
  }
}

function changed(path: string): LocalBrainError {
  return new LocalBrainError('usage', `${path} was changed while it was being written; nothing was changed`, {
    hint: 'run the same command again',
  })
}

/** A folder that a file takes the place of. Whatever else came into it stays, and so does everything. */
async function giveWay(top: string, folder: string): Promise<void> {
  await rmdir(join(top, folder)).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOTEMPTY' || error.code === 'EEXIST' ? changed(folder) : error
  })
}

/** What was renamed is on the disk before the old content goes. */
async function settleOnDisk(top: string, { steps }: Journal): Promise<void> {
  const folders = steps.flatMap((step) =>
    places(top, step).flatMap((file) => (file === undefined ? [] : [dirname(file)])),
  )
  const isGone = async (folder: string) => !(await lstat(folder).catch(() => undefined))?.isDirectory()
  for (const folder of new Set(folders)) {
    if (await isGone(folder)) continue
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}
