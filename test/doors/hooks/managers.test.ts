import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { command } from '../cli/local-brain.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { type HookedOptions, git as gitAsync, hooked, run } from './hook-run.ts'
import { git as gitNow } from '../../workspace.ts'

const project = join(import.meta.dirname, '..', '..', '..')
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
  const script = `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`
  writeFileSync(join(bin, 'local-brain'), script, { mode: 0o755 })
  return bin
}

/** Where npm puts the managers that it has. */
const npmTools = join(project, 'node_modules', '.bin')
/** pre-commit is no package of npm: what the PATH has, as from `apt-get install pre-commit`. */
const preCommit = spawnSync('pre-commit', ['--version'], { encoding: 'utf8' }).stdout ?? ''
const hasPreCommit = preCommit.startsWith('pre-commit ')
const only = hasPreCommit ? '' : ' (skipped: no pre-commit on the PATH)'

/** A repository without a hook, where `local-brain` and the managers are on the PATH. */
async function managed(files: Record<string, string>, options: HookedOptions = {}) {
  const folder = await hooked({ ...options, files })
  const hook = join(folder.root, '.git/hooks', options.hook ?? 'pre-commit')
  rmSync(hook)
  const env = { ...folder.env, PATH: [installed(), npmTools, process.env['PATH'] ?? ''].join(':') }
  const tool = async (name: string, ...args: string[]) => {
    const done = await run(name, args, { cwd: folder.root, env })
    expect({ ...done, name }).toMatchObject({ name, code: 0 })
  }
  /** Everything that a commit of a defect says. */
  const commitBug = async (...args: string[]) => {
    folder.write('src/a.ts', 'export const one = 1 // BUG\n')
    folder.git('add', 'src')
    const { stdout, stderr, code } = await gitAsync(folder.root, ['commit', '-m', 'one', ...args], env)
    return { said: `${stdout}${stderr}`, code }
  }
  return { ...folder, env, tool, commitBug, hook }
}

const seen = /src\/a\.ts\n +\w+ 1: .*The result is wrong/

describe('the line of each snippet, in a hook that calls it as the manager does', () => {
  const lines: [string, string, string?][] = [
    ['husky 9', snippet('husky 9').trim()],
    ['lefthook 2', /run: (.*)/.exec(snippet('lefthook 2'))?.[1] ?? ''],
    ['lint-staged', /'(local-brain .*?)'/.exec(snippet('lint-staged, '))?.[1] ?? ''],
    ['pre-commit', /entry: (.*)/.exec(snippet('pre-commit, with the package from npm'))?.[1] ?? ''],
  ]
  test.each(lines)('%s', async (_, line) => {
    const { hook, commitBug } = await managed({})
    writeFileSync(hook, `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 })
    const done = await commitBug()
    expect(done.code).toBe(0)
    expect(done.said).toMatch(seen)
  })
})

// The lines of docs/hooks.md as they stand there, through the managers of node_modules.
describe('the managers themselves', () => {
  test('husky', async () => {
    const { commitBug, tool } = await managed({ '.husky/pre-commit': snippet('husky 9') })
    await tool('husky')
    expect((await commitBug()).said).toMatch(seen)
  })

  test('lefthook', async () => {
    const { commitBug, tool } = await managed({ 'lefthook.yml': snippet('lefthook 2') })
    await tool('lefthook', 'install', '--force')
    expect((await commitBug()).said).toMatch(seen)
  })

  test('lint-staged', async () => {
    const { commitBug, hook } = await managed({ 'lint-staged.config.mjs': snippet('lint-staged, ') })
    writeFileSync(hook, '#!/bin/sh\nlint-staged --verbose\n', { mode: 0o755 })
    expect((await commitBug()).said).toMatch(seen)
  })
})

describe.skipIf(!hasPreCommit)(`pre-commit itself${only}`, () => {
  test('with an environment of its own, made from the package that npm would give', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder().root
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]
    const packed = await run('npm', pack, { cwd: project, env: { HOME: folder } })
    const config = snippet('pre-commit, with the package from npm')
    expect(config).toContain("'local-brain@0.1.0'")
    const { commitBug, tool, env } = await managed({
      '.pre-commit-config.yaml': config.replace('local-brain@0.1.0', join(folder, packed.stdout.trim())),
    })
    // It depends on no other package, so the registry has nothing to give.
    Object.assign(env, { npm_config_offline: 'true' })
    await tool('pre-commit', 'install', '--install-hooks')
    expect((await commitBug()).said).toMatch(seen)
  })

  test('with the program on the PATH, as a hook of the repository itself', async () => {
    const config = snippet('pre-commit, with the package from npm')
      .replace('language: node', 'language: system')
      .replace(/ *additional_dependencies.*\n/, '')
    const { commitBug, tool } = await managed({ '.pre-commit-config.yaml': config })
    await tool('pre-commit', 'install')
    expect((await commitBug()).said).toMatch(seen)
  })

  test('with local-brain-system of this repository', async () => {
    const { commitBug, tool } = await managed({ '.pre-commit-config.yaml': configOf('local-brain-system') })
    await tool('pre-commit', 'install', '--install-hooks')
    expect((await commitBug()).said).toMatch(seen)
  })

  test('with local-brain-push of this repository', async () => {
    const { commitBug, tool, root, env } = await managed({ '.pre-commit-config.yaml': configOf('local-brain-push') })
    const remote = temporaryFolder().root
    gitNow(remote, 'init', '-q', '--bare', '-b', 'main')
    gitNow(root, 'push', '-q', remote, 'main')
    gitNow(root, 'remote', 'add', 'origin', remote)
    await tool('pre-commit', 'install', '--install-hooks', '--hook-type', 'pre-push')
    await commitBug()
    const { stdout, stderr } = await gitAsync(root, ['push', 'origin', 'main'], env)
    expect(`${stdout}${stderr}`).toMatch(seen)
  })

  test('with local-brain-msg of this repository', async () => {
    const fields = { type: 'feat', scope: 'none', subject: 'add a number', why: '' }
    const { tool, root, env, write, git } = await managed(
      { '.pre-commit-config.yaml': configOf('local-brain-msg') },
      { hook: 'prepare-commit-msg', script: () => reply.json(fields) },
    )
    await tool('pre-commit', 'install', '--install-hooks', '--hook-type', 'prepare-commit-msg')
    for (const [name, args, subject] of [
      ['a', [], 'feat: add a number'],
      ['b', ['-m', 'mine'], 'mine'],
    ] as const) {
      write(`src/${name}.ts`, 'export const one = 1\n')
      git('add', '-A')
      const done = await gitAsync(root, ['commit', ...args], { ...env, GIT_EDITOR: 'true' })
      expect({ subject: git('log', '-1', '--format=%s').trim(), done }).toMatchObject({ subject })
    }
  })
})

/**
 * A configuration with one hook of this repository's manifest, which is cloned by git as from GitHub. pre-commit 3.2
 * gave the stages their present names, so an older one gets the manifest in its own words.
 */
function configOf(id: string): string {
  const text = readFileSync(join(project, '.pre-commit-hooks.yaml'), 'utf8')
  const [major = 0, minor = 0] = /\d+\.\d+/.exec(preCommit)?.[0].split('.').map(Number) ?? []
  const old = text
    .replaceAll(/ *minimum_pre_commit_version.*\n/g, '')
    .replaceAll(/stages: \[pre-(commit|push)/g, 'stages: [$1')
  const { root, git } = repository({ '.pre-commit-hooks.yaml': major * 100 + minor < 302 ? old : text })
  const rev = git('rev-parse', 'HEAD').trim()
  return `repos:\n  - repo: file://${root}\n    rev: ${rev}\n    hooks:\n      - id: ${id}\n`
}
