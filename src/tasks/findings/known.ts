import type { Workspace } from '../../workspace/workspace.ts'

/** Answers whether an identifier occurs in the workspace, asking git once per name. Outside a repository it can't tell: true. */
export function knownNames(workspace: Workspace): (name: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>()
  return (name) => {
    const answer = answers.get(name) ?? occurs(name, workspace)
    answers.set(name, answer)
    return answer
  }
}

async function occurs(name: string, { git, view }: Workspace): Promise<boolean> {
  if (git === null) return true
  const where = view === 'index' ? '--cached' : '--untracked'
  // Nothing found is exit code 1. One file is enough to know.
  const options = { exitCodes: [1], maxBytes: 4096, clip: true }
  const files = await git.run(['grep', where, '-l', '-w', '-F', '-e', name, '--'], options)
  return files !== ''
}
