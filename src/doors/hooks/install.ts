import { chmod, lstat, mkdir, readFile, rm } from 'node:fs/promises'
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { LocalBrainError, isError } from '../../errors.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { contains } from '../../workspace/contains.ts'
import type { Git } from '../../workspace/git/git.ts'
import { openGit } from '../../workspace/git/open.ts'
import type { GitEnvironment } from '../../workspace/git/environment.ts'
import { findWayOut } from './way-out.ts'
import { type HookCall, addBlock, callLine, removeBlock } from './hook-block.ts'
import type { HookName } from './hook-name.ts'

export type Place = { cwd: string; environment: GitEnvironment }

export type Installed = { file: string; change: 'added' | 'changed' | 'removed' | 'none' }

/**
 * Puts our block into a hook of this repository, once. A file that it cannot be put into safely is left as it is:
 * rejects with LocalBrainError('usage') whose hint is the line to add by hand.
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
  if (after === before) return { file, change: 'none' }
  await writeHook(file, after)
  return { file, change: before !== undefined && removeBlock(before, call.name) !== before ? 'changed' : 'added' }
}

/** Takes our block out again: every other byte of the file stays, and a file that held nothing else goes. */
export async function uninstallHook(name: HookName, place: Place): Promise<Installed> {
  const file = await hookFile(await findRepository(place), name)
  const { text: before = '' } = await readHook(file, name)
  const after = removeBlock(before, name)
  if (after === before) return { file, change: 'none' }
  if (after === '') await rm(file)
  else await writeHook(file, after)
  return { file, change: 'removed' }
}

async function findRepository({ cwd, environment }: Place): Promise<Git> {
  const git = await openGit(cwd, { environment })
  if (git !== null) return git
  throw new LocalBrainError('not-a-repository', `"${cwd}" is not in a git repository`, { hint: 'git init' })
}

/** Where git runs it from; husky's own folder calls the files beside it. */
async function hookFile(git: Git, name: HookName): Promise<string> {
  const { hooks } = await git.place()
  const parent = dirname(hooks)
  const husky = basename(hooks) === '_' && basename(parent) === '.husky'
  return join(husky ? parent : hooks, name)
}

/** A folder outside the repository is shared with others, or the repository's own configuration points at it. */
async function isOurs(git: Git, folder: string): Promise<boolean> {
  const { common } = await git.place()
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  const real = realpathSync.native(there)
  return contains(git.top, real) || contains(common, real)
}

type HookText = {
  /** Absent: there is no such file, or none that is a text. */
  text?: string
  /** Why nothing can be put into it. */
  problem?: string
}

async function readHook(file: string, name: HookName): Promise<HookText> {
  const entry = await lstat(file).catch(() => undefined)
  if (entry === undefined) return {}
  if (!entry.isFile()) return { problem: 'is not a plain file' }
  const bytes = await readFile(file)
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) return { problem: 'is not a text' }
  const isOff = (entry.mode & 0o111) === 0 && basename(dirname(file)) !== '.husky'
  const problem = isOff ? 'is not executable, as if it were switched off' : problemOf(removeBlock(text, name), name)
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
    await mkdir(dirname(file), { recursive: true })
    const mode = (await lstat(file).catch(() => undefined))?.mode
    await writeAtomic(file, text)
    await chmod(file, mode === undefined ? 0o755 : mode & 0o7777)
  } catch (cause) {
    if (isError(cause)) throw cause
    throw new LocalBrainError('output', `"${file}" could not be written: ${(cause as Error).message}`, {
      hint: `ls -ld ${dirname(file)}`,
      cause,
    })
  }
}
