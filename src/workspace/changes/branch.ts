import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalBrainError, isError } from '../../errors.ts'
import { randomHex } from '../../text/hash.ts'
import type { WritingGit } from '../git/git.ts'
import { findWritingGit } from '../git/open.ts'
import { auditBranch } from './audit.ts'
import { contentOf } from './contents.ts'
import { type Proposal, saveProposal } from './proposal.ts'
import type { ChangeStore } from './store.ts'

/** A branch that can be made: its name, and the commit that it begins at; null in a repository without a commit. */
export type NewBranch = { name: string; start: string | null; git: WritingGit }

/** What git keeps in its folder while it is in the middle of something. */
const unfinished: Readonly<Record<string, string>> = {
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
}

/** Rejects with LocalBrainError('usage') where no branch can be made, before anything else is done. */
export async function checkBranch({ top, options }: ChangeStore, name: string): Promise<NewBranch> {
  const git = findWritingGit(top, options)
  if (git === null)
    throw new LocalBrainError('not-a-repository', `"${top}" is not in a git repository`, { hint: 'git init' })
  await checkName(git, name)
  const { folder } = await git.place()
  const [, what] = Object.entries(unfinished).find(([file]) => existsSync(join(folder, file))) ?? []
  // guard: branch-unfinished
  if (what !== undefined) throw refused(`${what} is going on here`, 'git status')
  const status = await git.run(['status', '--porcelain', '-z', '--untracked-files=no'])
  // guard: branch-clean
  if (status !== '') throw refused('there are uncommitted changes', 'git stash, or leave out --branch')
  const identity = await git.run(['config', '--get', 'user.email'], { exitCodes: [1] })
  if (identity.trim() === '') throw refused('git does not know who you are', 'git config --global user.email <address>')
  return { name, start: await headOf(git), git }
}

async function checkName(git: WritingGit, name: string): Promise<void> {
  const valid = await git.run(['check-ref-format', `refs/heads/${name}`]).then(
    () => !name.startsWith('-'),
    () => false,
  )
  // guard: branch-name
  if (!valid) throw refused(`"${name}" is not a name for one`, '--branch fix/rounding')
  const known = await git.run(['rev-parse', '--verify', '--quiet', `refs/heads/${name}`], { exitCodes: [1] })
  const current = await git.branch()
  if (known !== '' || current === name) throw refused(`"${name}" exists already`, `--branch ${name}-2`)
}

async function headOf(git: WritingGit): Promise<string | null> {
  try {
    return await git.resolve('HEAD')
  } catch (error) {
    if (isError(error, 'unknown-revision')) return null
    throw error
  }
}

function refused(reason: string, hint: string): LocalBrainError {
  return new LocalBrainError('usage', `No branch can be made: ${reason}`, { hint })
}

/** Commits a proposal on a new branch. The working tree, the index and HEAD stay as they are, and no hook runs. */
export async function commitToBranch(store: ChangeStore, proposal: Proposal, branch: NewBranch): Promise<Proposal> {
  const { git, name, start } = branch
  if ((await headOf(git)) !== start) throw refused('HEAD has moved since the start', `local-brain apply ${proposal.id}`)
  const index = join(store.folder, `branch-${randomHex(6)}`)
  const env = { GIT_INDEX_FILE: index }
  try {
    if (start !== null) await git.run(['read-tree', start], { env })
    const input = (await entriesOf(store, proposal, git)).join('')
    await git.run(['update-index', '--add', '-z', '--index-info'], { env, input })
    const tree = (await git.run(['write-tree'], { env })).trim()
    const parents = start === null ? [] : ['-p', start]
    const commit = (
      await git.run(['commit-tree', tree, ...parents, '-F', '-'], { input: `${proposal.title}\n` })
    ).trim()
    // An old value of zeros: it must not exist.
    await git.run(['update-ref', `refs/heads/${name}`, commit, '0'.repeat(commit.length)])
    await auditBranch(store, proposal, name, commit)
  } finally {
    await rm(index, { force: true })
  }
  const committed = { ...proposal, branch: name }
  await saveProposal(store.folder, committed)
  return committed
}

/** For `update-index --index-info`. Contents become what the repository would have made of these files, line ends as well. */
async function entriesOf({ own, folder }: ChangeStore, { changes }: Proposal, git: WritingGit): Promise<string[]> {
  const entries: string[] = []
  const gone = (path: string) => entries.push(`0 ${'0'.repeat(40)}\t${path}\0`)
  for (const { path, from, after } of changes) {
    if (from !== undefined) gone(from)
    if (after === null) {
      gone(path)
      continue
    }
    const file = join(folder, `content-${randomHex(6)}`)
    try {
      await writeFile(file, await contentOf(own, after.id), { mode: 0o600 })
      const id = (await git.run(['hash-object', '-w', `--path=${path}`, '--', file])).trim()
      entries.push(`${after.mode} ${id}\t${path}\0`)
    } finally {
      await rm(file, { force: true })
    }
  }
  return entries
}
