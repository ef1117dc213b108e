import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export type Folder = {
  root: string
  write: (path: string, text: string | Buffer) => void
  git: (...args: string[]) => string
}

/** A temporary folder of its own for one test, gone afterwards. */
export function temporaryFolder(files: Record<string, string> = {}): Folder {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'local-brain-test-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const write = (path: string, text: string | Buffer) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  return { root, write, git: (...args) => runGit(root, args) }
}

/** The same as a git repository with everything committed. */
export function repository(files: Record<string, string> = {}): Folder {
  const folder = temporaryFolder(files)
  folder.git('init', '-q', '-b', 'main')
  folder.git('add', '-A')
  folder.git('commit', '-q', '--allow-empty', '-m', 'start')
  return folder
}

/** Git as a developer has it, but nothing of this machine's own configuration. */
export const gitEnvironment = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

function runGit(cwd: string, args: string[]): string {
  return execFileSync('git', args, { cwd, env: gitEnvironment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
