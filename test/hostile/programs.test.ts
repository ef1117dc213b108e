import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { git as gitAsync, hooked, reviewer, run } from '../doors/hooks/hook-run.ts'
import { command, localBrain } from '../doors/cli/local-brain.ts'
import { serveHttp } from '../engines/http-server.ts'
import { type Folder, repository, temporaryFolder } from '../workspace-fixture.ts'
import { ollama } from '../doors/cli/ollama.ts'

const git = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim()
const project = join(import.meta.dirname, '..', '..')
const change = { 'src/a.ts': 'export const one = 1\n' }

/** Commits a program to the repository that leaves a mark outside of it whenever it is started. */
function commitProgram({ root, write, git }: Folder, path: string): () => boolean {
  const mark = join(temporaryFolder().root, 'mark')
  write(path, `#!/bin/sh\n: > '${mark}'\nexit 1\n`)
  chmodSync(join(root, path), 0o755)
  git('add', '-f', path)
  git('commit', '-q', '-m', 'tools')
  return () => {
    const ran = existsSync(mark)
    rmSync(mark, { force: true })
    return ran
  }
}

test('hook install says when the program that it writes down is one of the repository', async () => {
  const folder = repository(change)
  const own = join(folder.root, 'node_modules/local-brain/dist')
  cpSync(join(project, 'dist'), own, { recursive: true })
  const bin = join(own, 'bin/local-brain.js')
  const install = (through: string[]) => localBrain(['hook', 'install', 'pre-commit'], { cwd: folder.root, through })
  const inside = await install([process.execPath, bin])
  expect(inside).toMatchObject({ code: 0, stderr: expect.stringContaining(`note: it runs "${bin}", which`) as string })
  expect(await install(command)).toMatchObject({ code: 0, stderr: '' })
})

/** What `npm install local-brain` leaves, with the program that was built. */
function installLocally({ root }: Folder): void {
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
  symlinkSync(command.at(-1) ?? '', join(root, 'node_modules/.bin/local-brain'))
}

describe('the repository does not choose the program', () => {
  test.each(['npx', 'npm exec'])('under %s, which puts its node_modules/.bin first on the PATH', async (how) => {
    const folder = repository(change)
    const ran = commitProgram(folder, 'node_modules/.bin/git')
    installLocally(folder)
    folder.write('src/a.ts', 'export const one = 2\n')
    const server = await ollama([reviewer])
    const [tool = '', ...words] = how.split(' ')
    const env = { HOME: temporaryFolder().root, OLLAMA_HOST: server.url }
    const { stdout } = await run(tool, [...words, '--', 'local-brain', '--git-diff'], { cwd: folder.root, env })
    expect(stdout).toContain('Reviewed: 1 file, 1 part')
    expect(ran()).toBe(false)
    // A program that looks for git by its name alone starts the committed one.
    await run('npx', ['-c', 'git status'], { cwd: folder.root, env })
    expect(ran()).toBe(true)
  })

  test('under husky, which does the same in a hook', async () => {
    const folder = await hooked({ files: { ...change, '.husky/pre-commit': 'local-brain hook run pre-commit\n' } })
    const ran = commitProgram(folder, 'node_modules/.bin/git')
    installLocally(folder)
    rmSync(join(folder.root, '.git/hooks/pre-commit'))
    await run(join(project, 'node_modules/.bin/husky'), [], { cwd: folder.root, env: folder.env })
    folder.write('src/a.ts', 'export const one = 2 // BUG\n')
    folder.git('add', 'src')
    const done = await gitAsync(folder.root, ['commit', '-m', 'change'], folder.env)
    expect(`${done.stdout}${done.stderr}`).toMatch(/src\/a\.ts\n +\w+ 1: The result is wrong/)
    expect(ran()).toBe(false)
    folder.write('.husky/pre-commit', 'git status\n')
    await gitAsync(folder.root, ['commit', '--allow-empty', '-m', 'again'], folder.env)
    expect(ran()).toBe(true)
  })

  test.each([
    ['a folder of the repository', 'tools'],
    ['a relative folder', '.'],
    ['the current folder', ''],
  ])('with %s on the PATH', async (what, entry) => {
    const folder = repository(change)
    const ran = commitProgram(folder, entry === 'tools' ? 'tools/git' : 'git')
    folder.write('src/a.ts', 'export const one = 2\n')
    const first = what === 'a folder of the repository' ? join(folder.root, entry) : entry
    const env = { PATH: `${first}:${process.env['PATH']}` }
    const { stdout } = await localBrain(['--dry-run', '--git-diff'], { cwd: folder.root, env })
    expect(stdout).toContain('export const one = 2')
    expect(ran()).toBe(false)
    await run('/bin/sh', ['-c', 'git status'], { cwd: folder.root, env })
    expect(ran()).toBe(true)
  })

  test('a git that is nowhere else is named, and not started', async () => {
    const folder = repository(change)
    const ran = commitProgram(folder, 'tools/git')
    const env = { PATH: join(folder.root, 'tools') }
    const { code, stderr } = await localBrain(['--git-diff'], { cwd: folder.root, env })
    expect(code).toBe(2)
    expect(stderr).toContain(`error: The only git on the PATH may come from this repository: "${env.PATH}/git"`)
    expect(ran()).toBe(false)
  })
})

function linkTo(folder: string): string {
  const link = join(temporaryFolder().root, 'link')
  symlinkSync(folder, link)
  return link
}

function modulesWith(program: string): string {
  const bin = join(temporaryFolder().root, 'node_modules', '.bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(program, join(bin, 'local-brain'))
  return bin
}

describe('a hook whose program is gone does not take that of the repository', () => {
  const gone = 'local-brain is no longer where it was'

  /** A hook as it is installed, its program gone since; one of the same name is committed to node_modules and to tools. */
  async function orphaned() {
    const folder = await hooked({ files: change })
    const file = join(folder.root, '.git/hooks/pre-commit')
    const block = readFileSync(file, 'utf8').replaceAll(command.at(-1) ?? '', '/gone/local-brain.js')
    writeFileSync(file, block)
    const ran = commitProgram(folder, 'node_modules/.bin/local-brain')
    const ranNode = commitProgram(folder, 'node_modules/.bin/node')
    const ranTool = commitProgram(folder, 'tools/local-brain')
    let turn = 1
    const commit = async (through: string[], env: Record<string, string> = {}) => {
      folder.write('src/a.ts', `export const one = ${(turn += 1)} // BUG\n`)
      folder.git('add', '-A')
      const [tool, ...words] = [...through, git, 'commit', '--allow-empty', '-m', 'change']
      const { stdout, stderr } = await run(tool, words, { cwd: folder.root, env: { ...folder.env, ...env } })
      return { said: `${stdout}${stderr}`, ran: ran() || ranNode() || ranTool() }
    }
    return { ...folder, file, block, ran, commit }
  }

  /** Where the program is installed for the person, as npm does that: a script that env starts with node. */
  function installedFor(): string {
    const { root } = temporaryFolder()
    symlinkSync(command.at(-1) ?? '', join(root, 'local-brain'))
    return root
  }

  test('under npx', async () => {
    const { file, commit } = await orphaned()
    expect(await commit(['npx', '--'])).toMatchObject({ said: expect.stringContaining(gone), ran: false })
    const PATH = `${installedFor()}:${process.env['PATH']}`
    const { said, ran } = await commit(['npx', '--'], { PATH })
    expect({ said, ran }).toMatchObject({
      said: expect.stringMatching(/src\/a\.ts\n +\w+ 1: The result is wrong/),
      ran: false,
    })
    // What one would write first starts the committed one.
    writeFileSync(file, '#!/bin/sh\nlocal-brain hook run pre-commit\n')
    expect((await commit(['npx', '--'], { PATH })).ran).toBe(true)
  })

  test('under husky', async () => {
    const folder = await orphaned()
    rmSync(folder.file)
    folder.write('.husky/pre-commit', folder.block)
    await run(join(project, 'node_modules/.bin/husky'), [], { cwd: folder.root, env: folder.env })
    expect(await folder.commit([])).toMatchObject({ said: expect.stringContaining(gone), ran: false })
    const PATH = `${installedFor()}:${process.env['PATH']}`
    const { said, ran } = await folder.commit([], { PATH })
    expect({ said, ran }).toMatchObject({
      said: expect.stringMatching(/src\/a\.ts\n +\w+ 1: The result is wrong/),
      ran: false,
    })
    folder.write('.husky/pre-commit', 'local-brain hook run pre-commit\n')
    expect((await folder.commit([], { PATH })).ran).toBe(true)
  })

  test.each([
    ['a folder of the work tree', ({ root }: Folder) => `${join(root, 'tools')}:`],
    ['a link to one', ({ root }: Folder) => `${linkTo(join(root, 'tools'))}:`],
    ['a node_modules elsewhere', ({ root }: Folder) => `${modulesWith(join(root, 'tools/local-brain'))}:`],
    ['a relative folder', () => 'tools:'],
    ['the current folder', () => ':.:'],
  ])('with %s first on the PATH', async (_, first) => {
    const folder = await orphaned()
    folder.write('local-brain', readFileSync(join(folder.root, 'tools/local-brain'), 'utf8'))
    chmodSync(join(folder.root, 'local-brain'), 0o755)
    // Without anything else, nothing is left of the PATH: that must not mean the current folder.
    for (const PATH of [`${first(folder)}${process.env['PATH']}`, first(folder)]) {
      const { said, ran } = await folder.commit([], { PATH })
      expect({ said, ran }).toMatchObject({ said: expect.stringContaining(gone), ran: false })
    }
  })
})

describe('the way that docs/ci.md shows', () => {
  test("uses neither the pull request's programs nor its registry", { timeout: 60_000 }, async () => {
    const [install = '', review = ''] = ciSteps()
    const RUNNER_TEMP = temporaryFolder().root
    const registry = await serveRegistry()
    const theirs = await serveRegistry()
    const folder = repository(change)
    folder.git('branch', 'base')
    folder.write('.npmrc', `registry=${theirs.url}\nnode-options=--no-such-option\n`)
    folder.write('src/a.ts', 'export const one = 2\n')
    folder.git('add', 'src')
    const ran = commitProgram(folder, 'node_modules/.bin/local-brain')
    commitProgram(folder, 'node_modules/.bin/git')
    folder.git('update-ref', 'refs/remotes/origin/base', 'base')
    const HOME = temporaryFolder({ '.npmrc': `registry=${registry.url}\n` }).root
    const server = await ollama([reviewer])
    const summary = { GITHUB_STEP_SUMMARY: join(RUNNER_TEMP, 'summary.md') }
    const env = { HOME, RUNNER_TEMP, ...summary, GITHUB_BASE_REF: 'base', OLLAMA_HOST: server.url }
    const installed = await run('sh', ['-ec', install], { cwd: RUNNER_TEMP, env })
    expect(installed).toMatchObject({ code: 0 })
    const done = await run('sh', ['-ec', review], { cwd: folder.root, env })
    expect(done).toMatchObject({ code: 0 })
    expect(server.requests.length).toBeGreaterThan(0)
    expect(registry.requests.length).toBeGreaterThan(0)
    expect(theirs.requests).toEqual([])
    expect(ran()).toBe(false)
    // What everybody would write first takes both.
    rmSync(join(folder.root, '.npmrc'))
    await run('npx', ['--yes', 'local-brain', '--version'], { cwd: folder.root, env })
    expect(ran()).toBe(true)
    rmSync(join(folder.root, 'node_modules'), { recursive: true })
    folder.write('.npmrc', `registry=${theirs.url}\n`)
    await run('npx', ['--yes', 'local-brain', '--version'], { cwd: folder.root, env })
    expect(theirs.requests.length).toBeGreaterThan(0)
  })
})

/** The two commands of the first example: install, and review. */
function ciSteps(): string[] {
  const text = readFileSync(join(project, 'docs', 'ci.md'), 'utf8')
  const example = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  const { jobs } = parse(example) as { jobs: { review: { steps: { run?: string }[] } } }
  return jobs.review.steps.flatMap(({ run: script }) => script ?? [])
}

/** A registry that has local-brain as it was built, and says what it was asked. */
async function serveRegistry(): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const folder = temporaryFolder().root
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: project, env: { HOME: folder } })
  const tarball = readFileSync(join(folder, stdout.trim()))
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Record<string, unknown>
  const server = await serveHttp((request, response) => {
    requests.push(request.url ?? '')
    if (request.url?.endsWith('.tgz')) return void response.end(tarball)
    const version = { ...manifest, devDependencies: {}, dist: { tarball: `${server.url}/local-brain.tgz` } }
    const versions = { [String(manifest['version'])]: version }
    response.end(JSON.stringify({ name: 'local-brain', 'dist-tags': { latest: manifest['version'] }, versions }))
  })
  onTestFinished(() => server.close())
  return { url: server.url, requests }
}
