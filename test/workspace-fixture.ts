import { createFolder, type Files, git, write } from './workspace.ts'

export type Folder = {
  root: string
  write: (path: string, text: string | Buffer) => void
  git: (...args: string[]) => string
}

/** A temporary folder of its own for one test, gone afterwards. */
export function temporaryFolder(files: Files = {}): Folder {
  const root = createFolder(files)
  return { root, write: (path, text) => write(root, { [path]: text }), git: (...args) => git(root, ...args) }
}

/** The same as a git repository with everything committed. */
export function repository(files: Files = {}): Folder {
  const folder = temporaryFolder(files)
  folder.git('init', '-q', '-b', 'main')
  folder.git('add', '-A')
  folder.git('commit', '-q', '--allow-empty', '-m', 'start')
  return folder
}
