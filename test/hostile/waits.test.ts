import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { command, type Invocation, localBrain as start } from '../doors/cli/local-brain.ts'
import { ollama, reportOf } from '../doors/cli/ollama.ts'
import { type Ended, hooked, run as startProgram } from '../doors/hooks/hook-run.ts'
import { repository, temporaryFolder } from '../workspace-fixture.ts'

/** Far below the time limit of a run. */
const soon = 10_000

/** The program, which is killed when it does not end by itself. */
const localBrain = async (args: string[], invocation: Invocation) =>
  start(args, { ...invocation, onStart: (kill) => setTimeout(() => kill('SIGKILL'), 1.5 * soon).unref() })

/** What may lie where a file belongs. */
const odd: Record<string, (file: string) => void> = {
  'a pipe': (file) => execFileSync('mkfifo', [file]),
  'a link to an endless device': (file) => symlinkSync('/dev/zero', file),
  'a link to a pipe': (file) => {
    execFileSync('mkfifo', [`${file}.pipe`])
    symlinkSync(`${file}.pipe`, file)
  },
  'a folder': (file) => mkdirSync(file),
  'a link to nowhere': (file) => symlinkSync('/nonexistent/file', file),
  'a file without end': (file) => {
    writeFileSync(file, '')
    truncateSync(file, 2 ** 40)
  },
}
const kinds = Object.keys(odd)

function put(kind: string, file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  rmSync(file, { recursive: true, force: true })
  odd[kind]?.(file)
}

/** Everything that a run has kept below a home. */
const kept = (home: string) =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const review = { analysis: '', findings: [] }
const files = { 'a.ts': 'one()\n' }

describe('no file that the program keeps is waited for', () => {
  test.each(kinds)('%s in the place of each one', async (kind) => {
    const HOME = temporaryFolder().root
    const { root } = repository(files)
    const server = await ollama(() => reply.json(review))
    const run = async () =>
      localBrain(['-s', 'code-review', '-f', 'a.ts'], { cwd: root, host: server.url, env: { HOME } })
    expect((await run()).code).toBe(0)
    const places = kept(HOME)
    expect(places.length).toBeGreaterThan(2)
    for (const file of places) put(kind, file)
    const again = await run()
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('## Issues Found')
    expect(again.ms).toBeLessThan(soon)
  })

  test.each(kinds)('%s in the place of the configuration', async (kind) => {
    const HOME = temporaryFolder().root
    put(kind, join(HOME, '.config/local-brain/config.yaml'))
    const server = await ollama(() => reply.text('The answer.'))
    const run = await localBrain(['hello'], { cwd: temporaryFolder().root, host: server.url, env: { HOME } })
    expect(run.ms).toBeLessThan(soon)
    if (kind === 'a link to nowhere') expect(run).toMatchObject({ code: 0, stdout: 'The answer.\n' })
    else
      expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/configuration ".*" can't be read: it is /) })
  })
})

/** Each makes something in a home that is no folder, and gives its name. */
const noFolders: [string, (home: string) => Record<string, string>][] = [
  ['a file', (home) => (writeFileSync(join(home, 'file'), ''), { all: join(home, 'file') })],
  ['a device', () => ({ all: '/dev/null' })],
  ['an endless device', () => ({ all: '/dev/zero' })],
  [
    'a link to nowhere',
    (home) => (symlinkSync('/nonexistent/folder', join(home, 'link')), { all: join(home, 'link') }),
  ],
  ['a pipe', (home) => (execFileSync('mkfifo', [join(home, 'pipe')]), { all: join(home, 'pipe') })],
  ['a link to itself', (home) => (symlinkSync('loop', join(home, 'loop')), { all: join(home, 'loop') })],
  ['a relative name', () => ({ all: 'kept' })],
  ['a name that is too long', () => ({ all: `/tmp/${'x'.repeat(5000)}` })],
]

test.each(kinds)('%s that last --from names is refused', async (kind) => {
  const { root } = temporaryFolder()
  put(kind, join(root, 'report.json'))
  const run = await localBrain(['last', '--from', 'report.json'], { cwd: root })
  expect(run).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: (?:"report.json" could not be read: it is|File "report.json" does not exist).*\nhint: /,
    ) as string,
  })
  expect(run.ms).toBeLessThan(soon)
})

describe('a folder for what is kept that can not be one costs only that', () => {
  test.each(noFolders)('%s', async (_, make) => {
    const HOME = temporaryFolder().root
    const { root } = repository(files)
    const { all = '' } = make(HOME)
    const env = { HOME, XDG_CACHE_HOME: all, XDG_STATE_HOME: all }
    const server = await ollama(() => reply.json(review))
    for (const args of [['-s', 'code-review', '-f', 'a.ts'], ['skills'], ['models'], ['doctor']]) {
      const run = await localBrain(args, { cwd: root, host: server.url, env })
      expect({ args, code: run.code, stderr: run.stderr }).toEqual({ args, code: 0, stderr: '' })
      expect(run.ms).toBeLessThan(soon)
    }
    expect(readdirSync(root).sort()).toEqual(['.git', 'a.ts'])
  })
})

describe('a commit with a hook waits for none of this', () => {
  const bug = (at: number) => `export const a = ${at} // BUG\n`

  const blocked = expect.stringContaining('commit blocked: 1 finding') as string

  /** A repository with a hook, and how to commit one more defect, or to start something else once it is staged. */
  async function committer() {
    const folder = await hooked({ files, options: ['--fail-on', 'high'] })
    let at = 1
    const commit = async (more: Record<string, string> = {}, instead?: () => Promise<Ended | undefined>) => {
      folder.write('a.ts', bug((at += 1)))
      folder.git('add', 'a.ts')
      const started = Date.now()
      const done = (await instead?.()) ?? (await folder.commit(['-m', 'change'], more))
      return { ...done, ms: Date.now() - started }
    }
    return { ...folder, home: folder.env['HOME'] ?? '', commit }
  }

  test.each(kinds)('%s in the place of each file that the program keeps', async (kind) => {
    const { home, commit } = await committer()
    expect(await commit()).toMatchObject({ code: 1, stderr: blocked })
    expect(kept(home).length).toBeGreaterThan(2)
    for (const file of kept(home)) put(kind, file)
    const done = await commit()
    expect(done).toMatchObject({ code: 1, stderr: blocked })
    expect(done.ms).toBeLessThan(soon)
  })

  test.each(kinds)('%s in the place of the configuration', async (kind) => {
    const { home, commit } = await committer()
    put(kind, join(home, '.config/local-brain/config.yaml'))
    const done = await commit()
    if (kind === 'a link to nowhere') expect(done).toMatchObject({ code: 1, stderr: blocked })
    else
      expect(done).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^local-brain: .*configuration ".*" can't be read: it is /) as string,
      })
    expect(done.ms).toBeLessThan(soon)
  })

  // The others were tried in a run, above.
  const someFolders = noFolders.filter(([what]) => ['a device', 'a pipe', 'a link to itself'].includes(what))
  test.each(someFolders)('the folder for what it keeps is %s', async (_, make) => {
    const { home, commit } = await committer()
    const { all = '' } = make(home)
    const done = await commit({ XDG_CACHE_HOME: all, XDG_STATE_HOME: all })
    expect(done).toMatchObject({ code: 1, stderr: blocked })
    expect(done.ms).toBeLessThan(soon)
  })

  const someKinds = ['a pipe', 'a link to an endless device', 'a file without end']
  test.each(['.gitattributes', '.gitignore'].flatMap((place) => someKinds.map((kind) => [place, kind] as const)))(
    '%s is %s',
    async (place, kind) => {
      const { root, env, commit } = await committer()
      // git itself waits for this one before it starts a hook.
      const isStuck = place === '.gitattributes' && kind === 'a pipe'
      const hook = async () => startProgram(join(root, '.git/hooks/pre-commit'), [], { cwd: root, env })
      const done = await commit({}, async () => {
        put(kind, join(root, place))
        return isStuck ? hook() : undefined
      })
      if (kind === 'a pipe')
        expect(done).toMatchObject({
          code: 0,
          stderr: expect.stringMatching(/^local-brain: review skipped: ".*" is not a file/) as string,
        })
      else expect(done).toMatchObject({ code: 1, stderr: blocked })
      expect(done.ms).toBeLessThan(soon)
    },
  )
})

describe('no file of the folder that is looked at is waited for', () => {
  const places = [
    '.gitignore',
    '.gitattributes',
    '.local-brain',
    '.local-brain/skills',
    '.local-brain/skills/x.yaml',
    'z.ts',
  ]
  // git reads some of them, each in its own way; the others are opened by one function.
  const some = (place: string) => (place.startsWith('.git') ? kinds : kinds.slice(0, 2))
  test.each(places.flatMap((place) => some(place).map((kind) => [place, kind] as const)))(
    '%s is %s',
    async (place, kind) => {
      for (const folder of [repository(files), temporaryFolder(files)]) {
        put(kind, join(folder.root, place))
        const server = await ollama(() => reply.json(review))
        const args = ['-s', 'code-review', '-d', '.', '--timeout', '6', '--format', 'json']
        const run = await localBrain(args, { cwd: folder.root, host: server.url })
        const { exitCode, error } = reportOf(run)
        const isRefused = error?.code === 'git-refused' || /^git .*: it needs more memory/.test(error?.message ?? '')
        if (!isRefused) expect({ place, error, exitCode }).toEqual({ place, error: undefined, exitCode: 0 })
        expect(run.ms).toBeLessThan(soon)
        await server.close()
      }
    },
  )
})

describe('a device or a pipe that -o or --log-file names is written into and never replaced', () => {
  const shell = async (script: string, cwd: string) => {
    const server = await ollama(() => reply.text('The answer.'))
    const through = ['bash', '-c', script, 'bash', ...command]
    return localBrain([], { cwd, host: server.url, through })
  }

  test.each([
    ['/dev/stdout', '"$@" -o /dev/stdout hello'],
    ['/dev/stdout that is a file', '"$@" -o /dev/stdout hello > out; cat out'],
    ['/dev/stderr', '"$@" -o /dev/stderr hello 2>&1 > /dev/null'],
    ['/dev/fd/1', '"$@" -o /dev/fd/1 hello | cat'],
    ['/proc/self/fd/1', '"$@" -o /proc/self/fd/1 hello | cat'],
    ['a substituted process', '"$@" -o >(cat > out) hello; sleep 0.5; cat out'],
    ['a named pipe', 'mkfifo p; timeout 9 cat p & "$@" -o p hello; wait; [ -p p ]'],
    ['a named pipe with a slow reader', 'mkfifo p; (sleep 1; timeout 9 cat) < p & "$@" -o p hello; wait; [ -p p ]'],
  ])('%s', async (_, script) => {
    expect(await shell(script, temporaryFolder().root)).toMatchObject({ code: 0, stdout: 'The answer.\n' })
  })

  test('/dev/null', async () => {
    const before = lstatSync('/dev/null')
    expect(await shell('"$@" -o /dev/null hello', temporaryFolder().root)).toMatchObject({ code: 0, stdout: '' })
    expect(lstatSync('/dev/null')).toMatchObject({ ino: before.ino, rdev: before.rdev })
  })

  test('a full device is exit 5', async () => {
    const run = await shell('"$@" -o /dev/full hello', temporaryFolder().root)
    expect(run).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/error: "\/dev\/full" could not be written: the disk is full/),
    })
  })

  test.each(['-o', '--log-file'])('a pipe that nothing reads from is exit 5 at once: %s', async (flag) => {
    const { root } = temporaryFolder()
    const run = await shell(`mkfifo p; exec "$@" ${flag} p hello`, root)
    expect(run).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/"(.*\/)?p" could not be (written|opened): nothing reads from it\nhint: /),
    })
    expect(run.ms).toBeLessThan(soon)
    expect(lstatSync(join(root, 'p')).isFIFO()).toBe(true)
  })

  test('a log goes into a pipe', async () => {
    const run = await shell(
      '"$@" --log-file >(cat > log) -o /dev/null hello; sleep 0.5; cat log',
      temporaryFolder().root,
    )
    expect(run.stdout).toContain('"type":"run_end"')
  })

  test('a link is replaced, and what it leads to stays', async () => {
    const { root } = temporaryFolder({ 'there.md': 'mine\n' })
    symlinkSync('there.md', join(root, 'out.md'))
    expect(await shell('"$@" -o out.md hello', root)).toMatchObject({ code: 0 })
    expect(readFileSync(join(root, 'there.md'), 'utf8')).toBe('mine\n')
    expect(readFileSync(join(root, 'out.md'), 'utf8')).toBe('The answer.\n')
  })
})
