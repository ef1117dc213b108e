import { chmodSync, existsSync, lstatSync, readFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { command as program, localBrain } from '../doors/cli/local-brain.ts'
import { ollama, reportOf } from '../doors/cli/ollama.ts'
import { reply } from '../scripted-ollama/scripted-ollama.ts'
import { everyByte } from '../workspace/changes/project.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import { createFolder, write } from '../workspace.ts'
import { type Call, command, commanded, createPlace, plainly } from './commanding.ts'

const edit = (path: string, old: string, now: string, more: object = {}): Call => {
  return { name: 'edit_file', arguments: { path, old, new: now, ...more } }
}
const create = (path: string, content: string): Call => ({ name: 'write_file', arguments: { path, content } })
const python = (code: string): Call => ({ name: 'run_python', arguments: { code } })
const latin = (text: string) => Buffer.from(text, 'latin1')
const mayWrite = ['--allow', 'write']

test('only the meant bytes of a file change, and everything else about it stays', { timeout: 60_000 }, async () => {
  const files: Record<string, [before: Buffer, after: Buffer]> = {
    'crlf.txt': [latin('one\r\ntwo\r\n'), latin('one\r\nTWO\r\nmore\r\n')],
    'mark.txt': [latin('\xef\xbb\xbfone\ntwo\n'), latin('\xef\xbb\xbfone\nTWO\nmore\n')],
    'open.txt': [latin('one\ntwo'), latin('one\nTWO\nmore')],
    'latin.txt': [latin('caf\xe9\ntwo\n'), latin('caf\xe9\nTWO\nmore\n')],
    'run.sh': [latin('#!/bin/sh\ntwo\n'), latin('#!/bin/sh\nTWO\nmore\n')],
    'wide.txt': [Buffer.from('\ufefftwo\n', 'utf16le'), Buffer.from('\ufefftwo\n', 'utf16le')],
  }
  const place = createPlace()
  for (const [name, [before]] of Object.entries(files)) write(place.root, { [name]: before })
  chmodSync(join(place.root, 'run.sh'), 0o755)
  symlinkSync('run.sh', join(place.root, 'link'))
  const names = Object.keys(files).filter((name) => name !== 'run.sh')
  const calls = [...names, 'link'].map((name) => edit(name, 'two', 'TWO\nmore'))
  const { results } = await commanded(place, calls, { args: [...mayWrite, '--apply'] })
  expect(results[names.indexOf('wide.txt')]).toContain('Error: wide.txt is UTF-16, which is not written here')
  for (const [name, [, after]] of Object.entries(files)) expect(readFileSync(join(place.root, name))).toEqual(after)
  expect(lstatSync(join(place.root, 'run.sh')).mode & 0o777).toBe(0o755)
  expect(lstatSync(join(place.root, 'link')).isSymbolicLink()).toBe(true)
})

const source = `/** Adds. */
export function add(a: number, b: number) {
  // hidden()
  return a + b
}
class A {
  run() { return 1 }
}
class B {
  run() { return 2 }
}
`

type Told = [what: string, call: Call, result: RegExp]

const told: Told[] = [
  ['a text that is not there', edit('a.ts', 'return a - b', 'x'), /The nearest is line 4:\n4\| {3}return a \+ b\n/],
  ['a text that is there twice', edit('a.ts', 'run()', 'go()'), /more than once, at lines 7, 10; make old longer/],
  [
    'one that is there 50,000 times',
    edit('many.txt', 'x', 'y'),
    /^Error: that text .* and 49990 more; make old longer/,
  ],
  ['no text', edit('a.ts', '', 'x'), /^Error: old is empty; /],
  [
    'the same text',
    edit('a.ts', 'class A', 'class A'),
    /^Error: old and new are the same; nothing was changed\na\.ts, line 6:/,
  ],
  [
    'a text in blanks that were never read',
    edit('a.ts', 'class A {  \n  run() { return 1 }\n', 'x'),
    /^Error: old differs from a\.ts in blanks; read it first/,
  ],
  ['our own line numbers', edit('numbered.txt', '1| one\n2| two', '1| ONE\n2| two'), /^numbered\.txt: line/],
  [
    'a file that was never read',
    create('a.ts', 'x'),
    /^Error: a\.ts exists, and you have not read all of it; change a part: edit_file/,
  ],
  ['a long file', create('many.txt', 'x'), /^Error: many\.txt has 50,000 lines, too many to write anew/],
  [
    'a line that stands for others',
    create('new.ts', 'a()\n// ... rest of the file unchanged ...\n'),
    /stands for lines/,
  ],
  [
    'what would not parse',
    edit('a.ts', 'class A {', 'class A ('),
    /^Error: a\.ts would not parse any more \(line \d+: .*\); nothing was changed\. If that is meant, make the same call again/,
  ],
  [
    'a name that occurs twice',
    { name: 'replace_definition', arguments: { path: 'a.ts', name: 'run', code: 'run() {}' } },
    /^Error: a\.ts has 2 of them: A\.run \(line 7\), B\.run \(line 10\)/,
  ],
  [
    'a name in a comment',
    { name: 'replace_definition', arguments: { path: 'a.ts', name: 'hidden', code: 'function hidden() {}' } },
    /^Error: a\.ts has no definition of "hidden"/,
  ],
  [
    'a language that is not known',
    { name: 'replace_definition', arguments: { path: 'a.kt', name: 'f', code: 'fun f() {}' } },
    /not known; use edit_file/,
  ],
  [
    'code of another name',
    { name: 'replace_definition', arguments: { path: 'a.ts', name: 'add', code: 'function sub() {}' } },
    /^Error: code does not define add; nothing was changed/,
  ],
  [
    'a folder',
    { name: 'delete_file', arguments: { path: 'sub' } },
    /^Error: sub is a folder; only files can be written/,
  ],
  [
    'a place where something is',
    { name: 'move_file', arguments: { from: 'a.kt', to: 'a.ts' } },
    /^Error: a\.ts exists already; nothing was changed/,
  ],
  ['a name with ESC', create('a\u001b[2Jb', 'x'), /^Error: .* does not exist/],
  ['a name that turns text around', create('a\u202eb', 'x'), /^Error: .* does not exist/],
  ['a name with a line end', create('a\nb', 'x'), /^Error: a\nb does not exist/],
  ['a name of 256 bytes', create('x'.repeat(256), 'x'), /^Error: .* does not exist/],
  [
    'a name that is there with other bytes',
    create('caf\u00e9.txt', 'x'),
    /looks like a name that is there with other bytes/,
  ],
  [
    'a file of more than 1 MB',
    edit('big.txt', 'one', 'two'),
    /^Error: big\.txt has 1\.1 MB, and at most 1 MB can be written/,
  ],
]

test('what is refused is told with the way to go on, and changes nothing', { timeout: 60_000 }, async () => {
  const place = createPlace({
    'a.ts': source,
    'many.txt': 'x\n'.repeat(50_000),
    'numbered.txt': 'one\ntwo\n',
    'a.kt': 'fun f() {}\n',
    'sub/b.txt': 'b\n',
    'big.txt': `one\n${'x\n'.repeat(600_000)}`,
    ['caf\u00e9.txt'.normalize('NFD')]: 'x\n',
  })
  const { results, report } = await commanded(
    place,
    told.map(([, call]) => call),
    { args: mayWrite },
  )
  const wrong = told.filter(([, , result], at) => !result.test(results[at] ?? ''))
  expect(wrong.map(([what]) => `${what}: ${results[told.findIndex(([one]) => one === what)]}`)).toEqual([])
  expect(report.changes?.map(({ path }) => path)).toEqual(['numbered.txt'])
})

test('a link goes and what it leads to stays, the last tracked file goes', { timeout: 60_000 }, async () => {
  const place = createPlace({ 'sub/b.txt': 'b\n' })
  symlinkSync('../other/file', join(place.root, 'link'))
  const gone = (path: string): Call => ({ name: 'delete_file', arguments: { path } })
  const { results, report } = await commanded(place, [gone('sub/b.txt'), gone('link')], {
    args: [...mayWrite, '--apply'],
  })
  expect(results[0]).toBe('deleted sub/b.txt')
  expect(existsSync(join(place.root, 'sub/b.txt'))).toBe(false)
  expect(readFileSync(join(place.around, 'other/file'), 'utf8')).toBe('MARK\n')
  expect(report.changes?.map(({ path, kind }) => `${kind} ${path}`)).toEqual(['delete sub/b.txt'])
})

test('an edit that breaks the syntax is done when it is called a second time, with a warning', async () => {
  const call = edit('a.ts', 'class A {', 'class A (')
  const place = createPlace({ 'a.ts': source })
  const { results, report } = await commanded(place, [call, call], { args: mayWrite })
  expect(results[1]).toMatch(/^a\.ts: line 6 changed/)
  expect(results[1]).toMatch(/warning|does not parse/i)
  expect(report.changes?.map(({ path }) => path)).toEqual(['a.ts'])
})

test('more lines than a run may change end it, with what was done', async () => {
  const place = createPlace({ '1.txt': 'x\n'.repeat(2000), '2.txt': 'x\n'.repeat(2000) })
  const calls = ['1.txt', '2.txt'].map((path) => edit(path, 'x', 'y', { all: true }))
  const { report } = await commanded(place, calls, { args: mayWrite })
  expect(report).toMatchObject({ stop: 'refused', exitCode: 4, changes: [{ path: '1.txt', added: 2000 }] })
  expect(report.warnings.join('\n')).toContain('would change more than 5,000 lines, which is its limit')
})

describe('in the folder of a person itself', () => {
  test('what an editor changed since it was read is not written over', async () => {
    const root = createFolder({ 'a.txt': 'one\n' })
    const script = [
      reply.calls({ name: 'read_file', arguments: { path: 'a.txt' } }),
      () => {
        writeFileSync(join(root, 'a.txt'), 'theirs one\n')
        return reply.calls(create('a.txt', 'mine'), edit('a.txt', 'one', 'two'))
      },
      reply.text('Done.'),
    ]
    const server = await ollama(script)
    const args = ['chat', ...mayWrite]
    await localBrain(args, { cwd: root, host: server.url, stdin: 'go\n', env: { HOME: createFolder() } })
    const results = server.requests.at(-1)?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
    const changed = 'Error: a.txt has changed since you read it; read it again: read_file path="a.txt"'
    expect(results?.slice(1)).toEqual([changed, changed])
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('theirs one\n')
  })
})

// A folder in which nothing can be made, and a file that nothing can be put in the place of, for root too.
describe.skipIf(!hasSandbox || process.platform !== 'linux')('where something cannot be written', () => {
  const bwrap = ['bwrap', '--dev-bind', '/', '/']

  test.each([
    ['a folder without permission', (root: string) => ['--ro-bind', join(root, 'sub'), join(root, 'sub')]],
    ['a file that is held', (root: string) => ['--bind', join(root, 'sub/b.txt'), join(root, 'sub/b.txt')]],
  ])('%s: apply writes nothing of three files, and can be repeated', { timeout: 60_000 }, async (_, held) => {
    const place = createPlace({ 'sub/b.txt': 'b\n', 'z.txt': 'z\n' })
    const { cwd, env } = { cwd: place.root, env: place.env }
    await commanded(place, [edit('a.txt', 'text', 'A'), edit('sub/b.txt', 'b', 'B'), edit('z.txt', 'z', 'Z')], {
      args: mayWrite,
    })
    const before = everyByte(place.root)
    const ended = await localBrain(['apply'], { cwd, env, through: [...bwrap, ...held(place.root), ...program] })
    expect(ended.stderr).toMatch(/^error: The changes could not be written: .*; every file is as it was\nhint: /)
    expect(ended.code).toBe(5)
    expect(everyByte(place.root)).toEqual(before)
    expect(await localBrain(['apply'], { cwd, env })).toMatchObject({ code: 0 })
    expect(readFileSync(join(place.root, 'sub/b.txt'), 'utf8')).toBe('B\n')
  })

  test('a chat is told, and what it wrote before and after stays', { timeout: 60_000 }, async () => {
    const root = createFolder({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n', 'held.txt': 'h\n', 'z.txt': 'z\n' })
    const calls = [
      edit('a.txt', 'a', 'A'),
      edit('sub/b.txt', 'b', 'B'),
      edit('held.txt', 'h', 'H'),
      edit('z.txt', 'z', 'Z'),
    ]
    const server = await ollama([reply.calls(...calls), reply.text('Done.')])
    const at = (name: string) => [join(root, name), join(root, name)]
    const held = ['--ro-bind', ...at('sub'), '--bind', ...at('held.txt')]
    const through = [...bwrap, ...held, ...program]
    const env = { HOME: createFolder() }
    await localBrain(['chat', ...mayWrite], { cwd: root, host: server.url, stdin: 'go\n', env, through })
    const results = server.requests.at(-1)?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
    expect(results?.map((result) => result.startsWith('Error: '))).toEqual([false, true, true, false])
    expect(results?.[1]).toContain('nothing was changed')
    expect(results?.[2]).toContain('nothing was changed')
    const texts = ['a.txt', 'sub/b.txt', 'held.txt', 'z.txt'].map((name) => readFileSync(join(root, name), 'utf8'))
    expect(texts).toEqual(['A\n', 'b\n', 'h\n', 'Z\n'])
  })
})

describe.skipIf(!hasSandbox)('commands of a model', () => {
  const unterminated = 'npm test "; touch sly'
  const refused = [
    'npm test && touch sly',
    'npm test;touch sly',
    'npm test\ntouch sly',
    'npm test $(touch sly)',
    'FOO=1 npm test; touch sly',
    'npm test > sly',
    'npm testx; touch sly',
    'npm test *; touch sly',
    unterminated,
    'npm test & touch sly',
  ]
  const run = ['npm  test', '"npm" test', 'n""pm test', 'npm test && npm test 2>&1']

  test('only what is listed runs, by its words', { timeout: 60_000 }, async () => {
    const bin = createFolder({ npm: '#!/bin/sh\necho "npm $1"\n' })
    chmodSync(join(bin, 'npm'), 0o755)
    const twin = createPlace()
    const isMade: boolean[] = []
    for (const line of refused) {
      await plainly({ ...twin, env: { ...twin.env, PATH: `${bin}:${process.env['PATH']}` } }, line)
      isMade.push(existsSync(join(twin.root, 'sly')))
      rmSync(join(twin.root, 'sly'), { force: true })
    }
    expect(isMade).toEqual(refused.map((line) => line !== unterminated))
    const place = createPlace({ 'package.json': '{ "scripts": { "test": "echo it ran" } }\n' })
    const lines = [...refused, ...run]
    const { results, report } = await commanded(
      place,
      lines.map((line) => command(line)),
      { args: ['--allow', 'run', '--commands', 'npm test'] },
    )
    expect(results.map((result) => result.startsWith('Error: only commands that begin with npm test'))).toEqual([
      ...refused.map(() => true),
      ...run.map(() => false),
    ])
    expect(report.changes).toEqual([])
  })

  test('without a sandbox and a terminal one simple command that is listed runs, and nothing else', async () => {
    const place = createPlace()
    const lines = ['touch made', 'touch sly; touch sly2', 'touch $HOME/sly', 'rm a.txt']
    const { results, report } = await commanded(
      place,
      lines.map((line) => command(line)),
      { args: ['--allow', 'run', '--sandbox', 'none', '--commands', 'touch'] },
    )
    expect(results.map((result) => result.startsWith('exit 0'))).toEqual([true, false, false, false])
    expect(report.changes?.map(({ path }) => path)).toEqual(['made'])
    expect(existsSync(join(place.root, 'made'))).toBe(false)
  })

  test('Python has its code, quotes and exit code, and prints for ever no longer than any command', async () => {
    const code = (size: number) => {
      const [begin, end] = [`print("it's", 'here')\n#`, '\nimport sys; sys.exit(3)']
      return begin + '#'.repeat(size - begin.length - end.length) + end
    }
    // So much is in one reply only where a token is long.
    const denser = { bytesPerToken: 64 }
    const calls = [python(code(64 * 1024)), python('while True: print("x" * 9999)')]
    const { results } = await commanded(createPlace(), calls, { wire: denser })
    expect(results[0]).toMatch(/^exit 3 after .*\nit's here$/)
    expect(results[1]).toMatch(/^it printed more than 50 MB and was ended/)
    const { results: refused } = await commanded(createPlace(), [python(code(64 * 1024 + 1))], { wire: denser })
    expect(refused[0]).toMatch(/^Error: "code" must have 1 to 65536 characters/)
  })

  test('where there is no Python that is what it is told', { timeout: 60_000 }, async () => {
    const place = createPlace()
    const bin = join(place.env['HOME'] ?? '', 'bin')
    mkdirSync(bin)
    for (const name of ['bash', 'git']) symlinkSync(join('/usr/bin', name), join(bin, name))
    const { results } = await commanded(place, [python('print(1)')], { env: { PATH: bin } })
    expect(results[0]).toMatch(/^exit 127 after .*\npython3 is not installed$/)
  })

  test('more files than a run may change end it with 4, and are only proposed', { timeout: 60_000 }, async () => {
    const place = createPlace()
    const calls = [edit('a.txt', 'text', 'mine'), command('for n in $(seq 51); do echo x > made$n; done')]
    const { ended, report } = await commanded(place, calls, { args: ['--allow', 'run', '--apply'] })
    expect(ended.code).toBe(4)
    const message = 'Commands changed 51 files, and a run changes at most 50'
    expect(report).toMatchObject({ error: { code: 'incomplete', message }, proposal: { applied: false } })
    expect(report.changes).toHaveLength(52)
    expect(existsSync(join(place.root, 'made1'))).toBe(false)
  })

  test('an edit in the same reply is told what a command before it did', async () => {
    const read: Call = { name: 'read_file', arguments: { path: 'a.txt' } }
    const { results, report } = await commanded(createPlace(), [
      read,
      command('echo theirs > a.txt'),
      edit('a.txt', 'text', 'mine'),
    ])
    expect(results[2]).toContain('Error: a.txt has changed since you read it')
    expect(report.patch).toContain('+theirs')
  })
})

describe.skipIf(!hasSandbox)('checks of a run', () => {
  const checked = async (check: string, calls = [edit('a.txt', 'text', 'mended')]) => {
    const server = await ollama([reply.calls(...calls), reply.text('All tests pass.')])
    const args = ['do it', '--format', 'json', ...mayWrite, '--check', check]
    const place = createPlace()
    const ended = await localBrain(args, { cwd: place.root, host: server.url, env: place.env })
    return { ...ended, row: reportOf(ended).checks?.[0] }
  }

  test.each([
    ['it says that there were none', 'echo "0 tests"'],
    ['it says that none ran', 'echo "no tests ran in 0.01s"'],
    ['pytest found none', 'echo "collected 0 items"; exit 5'],
  ])('one that tested nothing does not hold: %s', { timeout: 60_000 }, async (_, check) => {
    const { code, row } = await checked(check)
    expect(code).toBe(1)
    expect(row?.after).not.toBe('ok')
  })

  test('one that fails once and then holds is said to be flaky; one that always failed is run once', async () => {
    const flaky = await checked(
      'grep -q text a.txt || { test -e ~/.cache/twice || { touch ~/.cache/twice; exit 1; }; }',
    )
    expect(flaky).toMatchObject({ code: 0, row: { before: 'ok', after: 'ok', flaky: true } })
    const failing = await checked('echo ran; exit 1')
    expect(failing).toMatchObject({ code: 1, row: { before: 'failed', after: 'failed', output: 'ran\n' } })
  })
})
