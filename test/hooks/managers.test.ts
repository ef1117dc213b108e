import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { command } from '../cli/local-brain.ts'
import { temporaryFolder } from '../workspace-fixture.ts'
import { git as gitAsync, hooked, run } from './hook-run.ts'

const project = join(import.meta.dirname, '..', '..')
const manual = readFileSync(join(project, 'docs', 'hooks.md'), 'utf8')

/** A snippet of docs/hooks.md: the code block after the words. */
function snippet(words: string): string {
  const found = new RegExp(`${words}[\\s\\S]*?\\n\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``).exec(manual)?.[1]
  if (found === undefined) throw new Error(`docs/hooks.md has no snippet for ${words}`)
  return found
}

/** A folder for the PATH that holds `local-brain` as an installation would. */
function installed(): string {
  const bin = join(temporaryFolder().root, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'local-brain'), `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`)
  chmodSync(join(bin, 'local-brain'), 0o755)
  return bin
}

/**
 * The managers themselves: set LOCAL_BRAIN_MANAGERS to a folder with a node_modules that has husky, lefthook and
 * lint-staged, and with pre-commit in bin/. Nothing is installed here.
 */
const tools = process.env['LOCAL_BRAIN_MANAGERS'] ?? ''
const bin = `${join(tools, 'node_modules', '.bin')}:${join(tools, 'bin')}`
const hasPreCommit = existsSync(join(tools, 'bin', 'pre-commit'))

/** A repository without a hook, where `local-brain` and the tools of `more` are on the PATH. */
async function managed(files: Record<string, string>, more = '') {
  const folder = await hooked({ files })
  writeFileSync(join(folder.root, '.git/hooks/pre-commit'), '')
  const path = [installed(), more, process.env['PATH'] ?? ''].filter((part) => part !== '').join(':')
  const env = { ...folder.env, PATH: path, PYTHONPATH: tools }
  const commitBug = async () => {
    folder.write('src/a.ts', 'export const one = 1 // BUG\n')
    folder.git('add', 'src')
    return gitAsync(folder.root, ['commit', '-m', 'one'], env)
  }
  return { ...folder, env, commitBug, hook: join(folder.root, '.git/hooks/pre-commit') }
}

const seen = /src\/a\.ts:1 .*The result is wrong/

describe('the line of each snippet, in a hook that calls it as the manager does', () => {
  const lines: [string, string, string?][] = [
    ['husky 9', snippet('husky 9').trim()],
    ['lefthook 2', /run: (.*)/.exec(snippet('lefthook 2'))?.[1] ?? ''],
    ['lint-staged', /'(local-brain .*?)'/.exec(snippet('lint-staged \\('))?.[1] ?? ''],
    ['pre-commit', /entry: (.*)/.exec(snippet('pre-commit, with what npm has'))?.[1] ?? ''],
  ]
  test.each(lines)('%s', async (_, line) => {
    const { hook, commitBug } = await managed({})
    writeFileSync(hook, `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 })
    chmodSync(hook, 0o755)
    const done = await commitBug()
    expect(done.code).toBe(0)
    expect(done.stderr).toMatch(seen)
  })
})

describe.skipIf(tools === '')('the managers themselves', () => {
  test('husky', async () => {
    const { commitBug, root, env } = await managed({ '.husky/pre-commit': snippet('husky 9') }, bin)
    await run(join(tools, 'node_modules/.bin/husky'), [], { cwd: root, env })
    expect((await commitBug()).stderr).toMatch(seen)
  })

  test('lefthook', async () => {
    const { commitBug, root, env } = await managed({ 'lefthook.yml': snippet('lefthook 2') }, bin)
    await run(join(tools, 'node_modules/.bin/lefthook'), ['install', '--force'], { cwd: root, env })
    const done = await commitBug()
    expect(`${done.stdout}${done.stderr}`).toMatch(seen)
  })

  test('lint-staged', async () => {
    const { commitBug, hook } = await managed({ 'lint-staged.config.mjs': snippet('lint-staged \\(') }, bin)
    writeFileSync(hook, '#!/bin/sh\nlint-staged --verbose\n', { mode: 0o755 })
    chmodSync(hook, 0o755)
    const done = await commitBug()
    expect(`${done.stdout}${done.stderr}`).toMatch(seen)
  })

  test.skipIf(!hasPreCommit)('pre-commit, as a system hook', async () => {
    const config = snippet('pre-commit, with what npm has')
      .replace('language: node', 'language: system')
      .replace(/ *additional_dependencies.*\n/, '')
    const { commitBug, root, env } = await managed({ '.pre-commit-config.yaml': config }, bin)
    await run(join(tools, 'bin/pre-commit'), ['install', '-f'], { cwd: root, env })
    const done = await commitBug()
    expect(`${done.stdout}${done.stderr}`).toMatch(seen)
  })

  const tarball = join(tools, 'local-brain.tgz')
  test.skipIf(!existsSync(tarball))(
    'pre-commit, with an environment of its own made from a package',
    { timeout: 120_000 },
    async () => {
      const config = snippet('pre-commit, with what npm has').replace('local-brain@0.1.0', tarball)
      const { commitBug, root, env } = await managed({ '.pre-commit-config.yaml': config }, bin)
      await run(join(tools, 'bin/pre-commit'), ['install', '-f', '--install-hooks'], { cwd: root, env })
      const done = await commitBug()
      expect(`${done.stdout}${done.stderr}`).toMatch(seen)
    },
  )

  test.skipIf(!hasPreCommit)('the manifest of this repository is one that pre-commit takes', async () => {
    const checked = await run(
      join(tools, 'bin/pre-commit'),
      ['validate-manifest', join(project, '.pre-commit-hooks.yaml')],
      {
        cwd: project,
        env: { PYTHONPATH: tools },
      },
    )
    expect(checked).toMatchObject({ code: 0 })
  })
})
