import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { writeAtomic } from '../../store/atomic.ts'
import { type GitEnvironment, type GitSetting, gitEnvironment } from './environment.ts'
import { type Git, type Opened, type WritingGit, createWritingGit } from './git.ts'
import { findGitProgram } from './open.ts'
import { readSettings } from './settings.ts'
import { makeFolder } from '../../store/make-folder.ts'

export type OwnGitOptions = {
  /** Ours, outside of every repository. It is made when it is not there. */
  folder: string
  /** The work tree. */
  top: string
  /** The repository whose objects need not be stored a second time; null outside of one. */
  repository: Git | null
  environment: GitEnvironment
  signal?: AbortSignal | undefined
}

/**
 * What `.gitattributes` of a repository says about content has no say here: the bytes of a file are kept as they are, no
 * filter, no line ends, no `$Id$`, no encoding, no driver for a diff. This file beats every other.
 */
// guard: own-attributes
const attributes = '* -text !eol !crlf !ident !filter !working-tree-encoding !diff !merge\n'

const last: readonly GitSetting[] = [
  ['core.autocrlf', 'false'],
  ['core.fileMode', 'true'],
  ['core.attributesFile', '/dev/null'],
  // Names are kept as bytes; they are judged where a file is written.
  ['core.protectNTFS', 'false'],
  ['core.protectHFS', 'false'],
  // In a patch, a name with anything unusual is quoted.
  ['core.quotePath', 'true'],
  // What is kept for days need not be small.
  ['core.looseCompression', '1'],
  ['core.sharedRepository', '0600'],
  // A copy of thousands of files takes half the time where two write it, also on one disk.
  ['checkout.workers', '2'],
]

/**
 * git on a repository of our own, with somebody's folder for its work tree. Nothing of the folder configures it: it has
 * its own settings, attributes and index, no hooks, no filters and no file system monitor.
 */
export async function openOwnGit({ folder, top, repository, environment, signal }: OwnGitOptions): Promise<WritingGit> {
  const format = await formatOf(repository)
  const own = join(folder, format === 'sha1' ? 'git' : `git-${format}`)
  const place = await repository?.place()
  const prepare = async (): Promise<Opened> => {
    const { program, path } = findGitProgram(environment, [top])
    const safe = { ...environment, PATH: path }
    await create(own, format, await excludesOf(place?.common))
    const variables = {
      GIT_DIR: own,
      GIT_WORK_TREE: top,
      ...(place && { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(join(place.common, 'objects')) }),
    }
    const { overrides } = await readSettings({
      program,
      cwd: top,
      signal,
      env: { ...gitEnvironment(safe), GIT_DIR: own },
    })
    const env = {
      ...gitEnvironment(safe, overrides, last),
      ...variables,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    }
    return { start: { program, cwd: top, signal, env }, place: { top, folder: own, common: own, hooks: '/dev/null' } }
  }
  return createWritingGit(top, prepare, signal)
}

/** Objects of one repository can only be named in its own format. */
async function formatOf(repository: Git | null): Promise<string> {
  const said = await repository?.run(['rev-parse', '--show-object-format'])
  return said?.trim() === 'sha256' ? 'sha256' : 'sha1'
}

/** The rules that a repository keeps outside of its files. They are copied: ours has to know them too. */
async function excludesOf(common: string | undefined): Promise<string> {
  if (common === undefined) return ''
  const { readFile } = await import('node:fs/promises')
  return readFile(join(common, 'info/exclude'), 'utf8').catch(() => '')
}

/** Without `git init`, which copies templates that a person's settings name. */
async function create(folder: string, format: string, excludes: string): Promise<void> {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'info']) makeFolder(join(folder, part), 0o700)
  await writeAtomic(join(folder, 'info/attributes'), attributes)
  await writeAtomic(join(folder, 'info/exclude'), excludes)
  if (existsSync(join(folder, 'HEAD'))) return
  const version = format === 'sha1' ? '0' : `1\n[extensions]\n\tobjectFormat = ${format}`
  await writeAtomic(join(folder, 'config'), `[core]\n\tbare = false\n\trepositoryFormatVersion = ${version}\n`)
  await writeAtomic(join(folder, 'HEAD'), 'ref: refs/heads/none\n')
}

/** In a list of folders, git reads a quoted one as a string of C. */
function quoted(path: string): string {
  return path.includes(delimiter) || path.startsWith('"') ? `"${path.replace(/["\\]/g, String.raw`\$&`)}"` : path
}
