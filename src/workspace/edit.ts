import { unlink } from 'node:fs/promises'
import { LocalBrainError } from '../errors.ts'
import { notAvailable } from './confine.ts'
import { decode } from './decode.ts'
import type { EditPolicy } from './edit-policy.ts'
import { type Rules, createRules } from './edit-rules.ts'
import { type Draft, type Tally, createTally } from './edit-tally.ts'
import { linkIn, place } from './place.ts'
import { hasCode } from './open-folder.ts'
import { readIn, replaceIn } from './replace-file.ts'
import { type Target, findTarget } from './target.ts'
import { type TextForm, formatText, newForm, parseForm } from './text-form.ts'
import type { Workspace } from './workspace.ts'

/** Bytes of one written file. */
const maxBytes = 1024 * 1024

/** A text file that may be changed, or a place where there may be one: then `text` is undefined. */
export type OpenedFile = {
  /** Relative to the root, as it was asked for. */
  readonly path: string
  /** With the line ends as they stand on disk. */
  readonly text: string | undefined
  /** As reading the file gives it: what tells whether it has changed since it was read. */
  readonly asRead: string | undefined
}

/**
 * The only way to write in a workspace. Everything is a draft first, which says what would change; `commit` then does
 * exactly this or nothing, and rejects when the file is no longer what the draft was made of.
 *
 * What is never written is refused with 'not-available' like a file that does not exist; a place outside the skill's
 * scope, a read-only file and a text that can't be written with a reason.
 */
export type Editor = {
  open(path: string): Promise<OpenedFile>
  /** A new text for a file that `open` gave. */
  replace(file: OpenedFile, text: string): Draft
  /** Takes a file away; a link, but not what it leads to. */
  remove(path: string): Promise<Draft>
  /** Gives a file another place, where nothing may be. */
  move(from: string, to: string): Promise<Draft>
  /** What was changed so far, one entry for each commit. */
  readonly changes: Tally['changes']
}

type Opened = OpenedFile & { target: Target; bytes: Buffer | undefined; form: TextForm }

type Context = { workspace: Workspace; rules: Rules; tally: Tally; opened: WeakMap<OpenedFile, Opened> }

export function createEditor(workspace: Workspace, policy: EditPolicy = {}): Editor {
  const tally = createTally(policy)
  const context: Context = { workspace, rules: createRules(workspace, policy), tally, opened: new WeakMap() }
  return {
    open: async (path) => openFile(path, context),
    replace: (file, text) => replaceText(file, text, context),
    remove: async (path) => removeFile(path, context),
    move: async (from, to) => moveFile(from, to, context),
    changes: tally.changes,
  }
}

async function openFile(path: string, { workspace, rules, opened }: Context): Promise<OpenedFile> {
  const target = await findTarget(workspace.root, path, { follow: true })
  await rules.check(target)
  const found = target.kind === 'none' ? undefined : await load(workspace.root, target)
  const file: Opened = {
    path: target.asked,
    target,
    bytes: found,
    text: undefined,
    asRead: undefined,
    form: newForm,
    ...(found && parseForm(found, target.asked)),
  }
  opened.set(file, file)
  return file
}

async function load(root: string, { real, asked }: Target): Promise<Buffer> {
  const { folder, name } = await place(root, real)
  try {
    const found = await readIn(folder, name, maxBytes)
    if (found === undefined) throw notAvailable(asked)
    // guard: written-size
    if (found.bytes.length > maxBytes) throw tooLarge(asked, found.stat.size)
    // guard: read-only-kept
    if ((found.stat.mode & 0o222) === 0)
      throw new LocalBrainError('output', `${asked} is read-only; nothing was changed`)
    return found.bytes
  } finally {
    await folder.close()
  }
}

function tooLarge(path: string, bytes: number): LocalBrainError {
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MB`
  return new LocalBrainError('usage', `${path} has ${size}, and at most 1 MB can be written; nothing was changed`)
}

function replaceText(file: OpenedFile, text: string, context: Context): Draft {
  const opened = context.opened.get(file)
  if (opened === undefined) throw new Error('a file of another editor')
  const { path, target, form, bytes: before } = opened
  const bytes = formatText(text, form, path)
  if (bytes.length > maxBytes) throw tooLarge(path, bytes.length)
  const kind = before === undefined ? 'create' : 'modify'
  const asRead = decode(bytes, { path })?.text
  const about = { path, real: target.real, kind, before: opened.text, after: text, asRead } as const
  return context.tally.draft(about, async () =>
    writing(path, context, async ({ root }) => {
      const { folder, name, undo } = await place(root, target.real, { make: true })
      try {
        await replaceIn(folder, { name, bytes, before })
      } catch (error) {
        await undo()
        throw error
      } finally {
        await folder.close()
      }
    }),
  )
}

async function removeFile(path: string, context: Context): Promise<Draft> {
  const { root } = context.workspace
  const target = await findTarget(root, path, { follow: false })
  await context.rules.check(target)
  if (target.kind === 'none') throw notAvailable(path)
  const old = target.kind === 'file' ? await contentOf(root, target) : undefined
  const about = { path: target.asked, real: target.real, kind: 'delete', before: old?.text } as const
  return context.tally.draft(about, async () =>
    writing(path, context, async () => {
      const { folder, name } = await place(root, target.real)
      try {
        if (old !== undefined) await demandSame(root, target, old)
        await folder.check()
        await unlink(folder.at(name))
      } finally {
        await folder.close()
      }
    }),
  )
}

async function moveFile(from: string, to: string, context: Context): Promise<Draft> {
  const { root } = context.workspace
  const source = await findTarget(root, from, { follow: false })
  const target = await findTarget(root, to, { follow: false })
  for (const one of [source, target]) await context.rules.check(one)
  if (source.kind === 'none') throw notAvailable(from)
  if (source.kind === 'link') throw new LocalBrainError('usage', `${from} is a link, which is not moved`)
  // guard: move-overwrites-nothing
  if (target.kind !== 'none') throw exists(target.asked)
  const content = await contentOf(root, source)
  const { text } = content
  const about = { path: target.asked, real: target.real, from: source.asked, before: text, after: text }
  return context.tally.draft({ ...about, kind: 'move' }, async () =>
    writing(to, context, async () => {
      await demandSame(root, source, content)
      await linkIn(root, source.real, target.real).catch((error: unknown) => {
        throw hasCode(error, 'EEXIST') ? exists(target.asked) : error
      })
    }),
  )
}

type Content = { bytes: Buffer; text: string | undefined }

/** Without a text for something that is not text, or too long to be shown. */
async function contentOf(root: string, target: Target): Promise<Content> {
  const { folder, name } = await place(root, target.real)
  try {
    const found = await readIn(folder, name, maxBytes)
    if (found === undefined) throw notAvailable(target.asked)
    const { bytes } = found
    return { bytes, text: bytes.length > maxBytes ? undefined : decode(bytes, { path: target.asked })?.text }
  } finally {
    await folder.close()
  }
}

/** What a person was shown has to be what is there. */
async function demandSame(root: string, target: Target, { bytes }: Content): Promise<void> {
  // guard: shown-is-done
  if (!(await contentOf(root, target)).bytes.equals(bytes)) throw changed(target.asked)
}

/** One change at a time. Says in words what a file system says in codes. */
async function writing(
  path: string,
  { workspace, tally }: Context,
  act: (workspace: Workspace) => Promise<void>,
): Promise<void> {
  await tally.alone(async () => {
    try {
      await act(workspace)
    } catch (error) {
      throw explained(path, error)
    } finally {
      workspace.refresh()
    }
  })
}

function explained(path: string, error: unknown): unknown {
  const fail = (problem: string) => new LocalBrainError('output', `${path} ${problem}; nothing was changed`)
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return fail('could not be written: the disk is full')
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return fail('may not be written here')
  if (hasCode(error, 'EBUSY', 'ETXTBSY')) return fail('is locked by another program')
  if (hasCode(error, 'EFBIG')) return fail('is larger than the system allows')
  return hasCode(error, 'ENOENT', 'EEXIST', 'ENAMETOOLONG', 'EINVAL', 'ELOOP', 'ENOTDIR')
    ? notAvailable(path, error)
    : error
}

function changed(path: string): LocalBrainError {
  return new LocalBrainError('not-available', `${path} has changed in the meantime; nothing was changed`)
}

function exists(path: string): LocalBrainError {
  return new LocalBrainError('usage', `${path} exists already; nothing was changed`)
}
