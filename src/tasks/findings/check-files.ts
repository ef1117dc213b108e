import { relative, sep } from 'node:path'
import { isError } from '../../errors.ts'
import type { Gathered } from '../../input/unit.ts'
import type { Git } from '../../workspace/git/git.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { largeFile } from './checks.ts'
import type { Finding } from './finding.ts'

/** Bytes. */
const large = 1024 * 1024
/** Files that are looked at, at most. */
const maxFiles = 200
const filesAtOnce = 4
const listBytes = 32 * 1024 * 1024

/** Files that a change adds and that are not text: what is larger than 1 MB stays in the history for good. */
export async function checkAddedFiles({ scope, skipped }: Gathered, workspace: Workspace): Promise<Finding[]> {
  const { git } = workspace
  if (git === null || !['staged', 'unstaged', 'base'].includes(scope.kind)) return []
  const paths = [...new Set(skipped.map((part) => part.path))]
  if (paths.length === 0) return []
  const added = await addedPaths(scope, git)
  const prefix = relative(git.top, workspace.root).split(sep).join('/')
  const wanted = paths.filter((path) => added.has(prefix === '' ? path : `${prefix}/${path}`)).slice(0, maxFiles)
  const findings: Finding[] = []
  // Each look at a file may take a process.
  for (let at = 0; at < wanted.length; at += filesAtOnce) {
    const some = wanted.slice(at, at + filesAtOnce)
    const sizes = await Promise.all(some.map(async (path) => sizeOf(path, workspace)))
    findings.push(...some.flatMap((path, index) => heavy(path, sizes[index])))
  }
  return findings
}

function heavy(path: string, size = 0): Finding[] {
  return size > large ? [largeFile(path, size)] : []
}

async function sizeOf(path: string, workspace: Workspace): Promise<number> {
  try {
    return (await workspace.info(path)).size
  } catch (error) {
    if (isError(error)) return 0
    throw error
  }
}

async function addedPaths({ kind, base }: Gathered['scope'], git: Git): Promise<Set<string>> {
  const range = kind === 'staged' ? ['--cached'] : kind === 'base' && base !== null ? await sinceBase(base, git) : []
  const args = ['diff', ...range, '--name-only', '--no-renames', '--diff-filter=A', '-z']
  const names = await git.run(args, { maxBytes: listBytes })
  return new Set(names.split('\0'))
}

async function sinceBase(base: string, git: Git): Promise<string[]> {
  const [from, to] = await Promise.all([git.resolve(base), git.resolve('HEAD')])
  return ['--merge-base', from, to]
}
