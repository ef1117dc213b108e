import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'

export type Files = Record<string, string | Uint8Array>

/** What a run is given: no settings of the person who runs the tests. */
export const environment = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' }

/** Git as a person has it, but without this machine's own configuration. */
export const gitEnvironment = {
  ...environment,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
}

/** The same commits every time, and submodules that are folders. */
const steady = {
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'protocol.file.allow',
  GIT_CONFIG_VALUE_0: 'always',
}

/** A folder of its own for one test, canonical; gone afterwards. */
export function createFolder(files: Files = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'local-brain-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  write(folder, files)
  return folder
}

export function write(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** Plain git, as a person runs it; fails loudly. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    env: { ...gitEnvironment, ...steady },
    encoding: 'utf8',
    stdio: 'pipe',
    timeout: 60_000,
  })
}

/** A repository in the middle of a merge: a.txt is in conflict, and b.txt has a change that is not staged. */
export function createConflict(): string {
  const folder = createRepository({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
  git(folder, 'checkout', '-q', '-b', 'side')
  write(folder, { 'a.txt': 'side\n' })
  git(folder, 'commit', '-q', '-a', '-m', 'side')
  git(folder, 'checkout', '-q', 'main')
  write(folder, { 'a.txt': 'main\n' })
  git(folder, 'commit', '-q', '-a', '-m', 'main')
  expect(() => git(folder, 'merge', '-q', 'side')).toThrow(/./)
  write(folder, { 'b.txt': 'bb\n' })
  return folder
}

/** A repository on branch `main` with these files committed. */
export function createRepository(files: Files = { 'a.txt': 'one\n' }): string {
  const folder = createFolder(files)
  git(folder, 'init', '-q', '-b', 'main')
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '-m', 'first')
  return folder
}
