import { chmod, lstat, readFile, rm } from 'node:fs/promises'
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { LocalBrainError, isError } from '../../errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { contains } from '../../workspace/contains.ts'
import type { Git } from '../../workspace/git/git.ts'
import { openGit } from '../../workspace/git/open.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'
import { findWayOut } from './way-out.ts'
import { type HookCall, addBlock, callLine, readBlock, removeBlock } from './hook-block.ts'
import { type HookName, hookNames } from './hook-name.ts'
import { writingWords } from '../../text/system-words.ts'
import { makeFolder } from '../../store/make-folder.ts'

export type Place = { cwd: string; environment: GitEnvironment }

export type Installed = {
  file: string
  change: 'added' | 'changed' | 'removed' | 'none'
  /** A part of the program that lies in the repository, which thereby chooses what the hook runs. */
  fromRepository?: string | undefined
}

/**
 * Adds the block to a hook of this repository, once. Leaves a file alone to which it cannot be added safely: rejects
 * with LocalBrainError('usage'), whose hint is the line to add by hand.
 */
export async function installHook(call: HookCall, place: Place): Promise<Installed> {
  const git = await findRepository(place)
  const file = await hookFile(git, call.name)
  const refuse = (why: string) =>
    new LocalBrainError('usage', `"${file}" ${why}, so it was not touched`, { hint: `run from it: ${callLine(call)}` })
  if (!(await isOurs(git, dirname(file)))) throw refuse('does not belong to this repository alone')
  const { text: before, problem } = await readHook(file, call.name)
  if (problem !== undefined) throw refuse(problem)
  const after = addBlock(before ?? '', call)
  const fromRepository = call.program.find((part) => contains(git.top, part))
  if (after === before) return { file, change: 'none', fromRepository }
  await writeHook(file, after)
  const change = before !== undefined && removeBlock(before, call.name) !== before ? 'changed' : 'added'
  return { file, change, fromRepository }
}

/** Removes the block and keeps every other byte of the file. Deletes a file that had nothing else. */
export async function uninstallHook(name: HookName, place: Place): Promise<Installed> {
  const file = await hookFile(await findRepository(place), name)
  const { text: before = '' } = await readHook(file, name)
  const after = removeBlock(before, name)
  if (after === before) return { file, change: 'none' }
  if (after === '') await rm(file)
  else await writeHook(file, after)
  return { file, change: 'removed' }
}

/** What there is of one hook. `by hand`: a line that somebody wrote calls the program. */
export type HookState = {
  name: HookName
  file: string
  state: 'installed' | 'off' | 'by hand' | 'other' | 'none'
  /** The hook runs with these. */
  options: readonly string[]
  /** A part of the program that has been moved or removed. */
  missing?: string | undefined
}

/** Every hook that can be installed in this repository, as it is now. */
export async function hookStates(place: Place): Promise<HookState[]> {
  const git = await findRepository(place)
  return Promise.all(hookNames.map(async (name) => hookState(await hookFile(git, name), name)))
}

async function hookState(file: string, name: HookName): Promise<HookState> {
  const entry = await lstat(file).catch(() => undefined)
  const text = entry?.isFile() ? ((await readHook(file, name)).text ?? '') : ''
  const call = readBlock(text, name)
  if (call === undefined) {
    const state = entry === undefined ? 'none' : /\blocal-brain\b.* hook run /.test(text) ? 'by hand' : 'other'
    return { name, file, state, options: [] }
  }
  const isOff = ((entry?.mode ?? 0) & 0o111) === 0 && basename(dirname(file)) !== '.husky'
  const missing = call.program.find((part) => !existsSync(part))
  return { name, file, state: isOff ? 'off' : 'installed', options: call.options, missing }
}

async function findRepository({ cwd, environment }: Place): Promise<Git> {
  const git = await openGit(cwd, { environment })
  if (git !== null) return git
  throw new LocalBrainError('not-a-repository', `"${cwd}" is not in a git repository`, { hint: 'git init' })
}

/** The file that git runs. The scripts in husky's own folder call the files above it. */
async function hookFile(git: Git, name: HookName): Promise<string> {
  const { hooks } = await git.place()
  const parent = dirname(hooks)
  const husky = basename(hooks) === '_' && basename(parent) === '.husky'
  return join(husky ? parent : hooks, name)
}

/** False for a folder outside of the repository: others may share it, or only a hostile configuration names it. */
async function isOurs(git: Git, folder: string): Promise<boolean> {
  const { common } = await git.place()
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  const real = realpathSync.native(there)
  return contains(git.top, real) || contains(common, real)
}

type HookText = {
  /** Absent: there is no such file, or it is not text. */
  text?: string
  /** Why nothing can be added to it. */
  problem?: string
}

async function readHook(file: string, name: HookName): Promise<HookText> {
  const entry = await lstat(file).catch(() => undefined)
  if (entry === undefined) return {}
  if (!entry.isFile()) return { problem: 'is not a plain file' }
  const bytes = await readFile(file)
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) return { problem: 'is not text' }
  const isOff = (entry.mode & 0o111) === 0 && basename(dirname(file)) !== '.husky'
  const problem = isOff ? 'is not executable, so it seems to be switched off' : problemOf(removeBlock(text, name), name)
  return problem === undefined ? { text } : { text, problem }
}

function problemOf(text: string, name: HookName): string | undefined {
  if (text.startsWith('#!') && !/^#!.*[/ ](sh|bash|dash|zsh|ksh)(\s|$)/.test(text)) return 'is not a shell script'
  if (text.includes('\0') || text.includes('\r\n')) return 'is not a plain shell script'
  // guard: hook-leaves
  const way = name === 'pre-push' ? undefined : findWayOut(text)
  return way && `may end by itself ("${way}"), before lines at its end would run`
}

async function writeHook(file: string, text: string): Promise<void> {
  try {
    makeFolder(dirname(file))
    const mode = (await lstat(file).catch(() => undefined))?.mode
    await writeAtomic(file, text)
    await chmod(file, mode === undefined ? 0o755 : mode & 0o7777)
  } catch (cause) {
    if (isError(cause)) throw cause
    throw new LocalBrainError('output', `"${file}" could not be written: ${writingWords(cause)}`, {
      hint: `ls -ld ${dirname(file)}`,
      cause,
    })
  }
}
