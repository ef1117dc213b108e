import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSession, sessionFolder } from '../../../src/store/sessions.ts'
import { shellWord } from '../../../src/text/shell-word.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { gitEnvironment } from '../../workspace.ts'
import { command, localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'
import { hasTerminal } from './terminal.ts'

/** What is offered for the last word, and whether files or folders may follow. */
async function offered(words: string[], cwd = temporaryFolder().root, host?: string, HOME?: string) {
  const env: Record<string, string> = HOME === undefined ? {} : { HOME }
  const run = await localBrain(['complete', '--', ...words], { cwd, env, ...(host === undefined ? {} : { host }) })
  expect(run).toMatchObject({ code: 0, stderr: '' })
  const lines = run.stdout.trimEnd().split('\n')
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0]), paths: lines.at(-1) }
}

const skills =
  'ask chat code-review commit-message custom-review explain fix pr-description security-review summarize work'.split(
    ' ',
  )

describe('what may come next', () => {
  const sets: [string[], string[], string][] = [
    [['--format', ''], ['markdown', 'compact', 'json', 'sarif', 'github', 'rdjson', 'html', 'patch'], ':none'],
    [['--format=js'], ['--format=json'], ':none'],
    [['--fail-on', ''], ['critical', 'high', 'medium', 'low'], ':none'],
    [['--think', 'h'], ['high'], ':none'],
    [['-s', ''], skills, ':files'],
    [['--skill=ex'], ['--skill=explain'], ':files'],
    [['hook', 'install', 'pre'], ['pre-commit', 'prepare-commit-msg', 'pre-push'], ':none'],
    [['hook', 'uninstall', 'pre-p'], ['pre-push'], ':none'],
    [['hook', 'run', 'c'], ['claude-code'], ':none'],
    [['hook', 'i'], ['install'], ':none'],
    [['hook', 'install', '--fail-on', 'l'], ['low'], ':none'],
    [['completion', ''], ['bash', 'zsh', 'fish', 'powershell'], ':none'],
    [['skills', 'sh'], ['show'], ':none'],
    [['skills', 'show', 'co'], ['code-review', 'commit-message'], ':none'],
    [['help', 'do'], ['doctor'], ':none'],
    [['do'], ['doctor'], ':none'],
    [['-f', ''], [], ':files'],
    [['--files=src/'], [], ':files'],
    [['-o', ''], [], ':files'],
    [['--log-file', ''], [], ':files'],
    [['last', '--from', ''], [], ':files'],
    [['skills', 'check', ''], [], ':files'],
    [['-d', ''], [], ':folders'],
    [['--root', ''], [], ':folders'],
    [['-f', 'a.ts', 'b'], ['baseline'], ':none'],
    [['--', '--fo'], [], ':none'],
    [['--timeout', ''], [], ':none'],
    [['skills', 'new', ''], [], ':none'],
    [['trust', ''], [], ':none'],
    [['what', 'is'], [], ':files'],
    [['config', 's'], ['set'], ':none'],
    [['config', 'get', 'keep'], ['keep_alive'], ':none'],
    [['runs', ''], ['list', 'clear'], ':none'],
    [['changes', ''], ['list', 'show'], ':none'],
    [['--allow', 'w'], ['write'], ':none'],
    [['hook', 'st'], ['status'], ':none'],
    [['setup', '--model', ''], [], ':files'],
    [['work', ''], [], ':files'],
  ]
  test.each(sets)('after %j', async (words, values, paths) => {
    expect(await offered(words)).toEqual({ values, paths })
  })

  test('every flag that takes a file or a folder offers them', async () => {
    const { stdout } = await localBrain(['--help'], { cwd: temporaryFolder().root })
    const flags = [...stdout.matchAll(/(--[\w-]+) <(?:paths|file|dir)>/g)].map(([, flag = '']) => flag)
    expect(flags.length).toBeGreaterThan(3)
    for (const flag of flags) expect((await offered([flag, ''])).paths).toMatch(/^:f(?:iles|olders)$/)
  })

  test('the models of a server on this machine, and nothing when there is none', async () => {
    const server = await ollama([], { models: [{ name: 'qwen3:8b' }, { name: 'llama3.1:8b' }] })
    expect((await offered(['-m', 'q'], undefined, server.url)).values).toEqual(['qwen3:8b'])
    expect((await offered(['-m', ''])).values).toEqual([])
  })

  test('no models of a server that does not answer within a second, or is elsewhere', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined))
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    expect((await offered(['-m', ''], undefined, `http://127.0.0.1:${port}`)).values).toEqual([])
    expect((await offered(['-m', ''], undefined, 'http://192.0.2.1:11434')).values).toEqual([])
  })

  test('the names that the configuration gives to models', async () => {
    const aliases = 'aliases: { fast: qwen3:4b }\nmodle: x\n'
    const home = temporaryFolder({ '.config/local-brain/config.yaml': aliases }).root
    const server = await ollama([], { models: [{ name: 'qwen3:8b' }] })
    const cwd = temporaryFolder().root
    const { stdout } = await localBrain(['complete', '--', '-m', ''], { cwd, host: server.url, env: { HOME: home } })
    expect(stdout).toBe('fast\nqwen3:8b\n:none\n')
  })

  test('the skills and branches of the repository, without names that a shell would read', async () => {
    const skill = 'name: own\ndescription: d\nuser_prompt_template: x\n'
    const folder = repository({ 'a.js': 'a\n', '.local-brain/skills/own/skill.yaml': skill })
    for (const name of ['feature/one', 'feat;touch${IFS}x', 'feat$(touch${IFS}x)']) folder.git('branch', name)
    expect((await offered(['--base', 'fea'], folder.root)).values).toEqual(['feature/one'])
    expect((await offered(['trust', ''], folder.root)).values).toEqual(['own'])
    expect((await offered(['-s', 'o'], folder.root)).values).toEqual(['own'])
    expect((await offered(['--base', ''])).values).toEqual([])
  })
})

describe('what earlier runs left is offered by its id', () => {
  test('changes where they can be shown, applied or taken back, reports by number, and sessions', async () => {
    const { root } = repository({ 'a.js': 'one\n' })
    const home = temporaryFolder().root
    const edit = reply.calls({ name: 'edit_file', arguments: { path: 'a.js', old: 'one', new: 'two' } })
    const server = await ollama([edit, reply.text('Done.')])
    const run = async (...args: string[]) => localBrain(args, { cwd: root, host: server.url, env: { HOME: home } })
    await run('write two', '--allow', 'write')
    const [id = ''] = (await run('changes')).stdout.split(' ')
    const session = await talkedAbout(root, home)
    const offers = async (folder: string | undefined, ...lines: string[]) =>
      Promise.all(lines.map(async (line) => (await offered(line.split(' '), folder, undefined, home)).values))
    const proposed = [
      'apply ',
      'undo ',
      'changes show ',
      'changes list ',
      'last ',
      'chat --resume 2',
      'chat --max-turns ',
    ]
    expect(await offers(root, ...proposed)).toEqual([[id], [], [id], [], ['1'], [session], []])
    await run('apply')
    expect(await offers(root, 'apply ', 'undo ')).toEqual([[], [id]])
    const elsewhere = ['undo ', 'chat --resume ', `undo --root=${root} `, `chat -w ${root} --resume `]
    expect(await offers(undefined, ...elsewhere)).toEqual([[], [], [id], [session]])
  })
})

/** Keeps a session about a folder, and returns its id. */
async function talkedAbout(root: string, home: string): Promise<string> {
  const folder = sessionFolder(join(home, '.local/state/local-brain'), root)
  const session = await createSession(folder, { root, model: 'qwen3:8b', skill: 'chat' })
  session.append({ type: 'user', content: "what's\there? $(touch typed)" })
  await session.settled()
  return session.id
}

/** A folder with `local-brain` in it, for the PATH. */
function programs(): string {
  const { root } = temporaryFolder()
  const file = join(root, 'local-brain')
  writeFileSync(file, `#!/bin/sh\nexec ${command.map(shellWord).join(' ')} "$@"\n`)
  chmodSync(file, 0o755)
  return root
}

/** A shell on a terminal that a person types into. */
function shellIn(cwd: string, words: readonly string[], HOME: string) {
  const env = { ...gitEnvironment, PATH: `${programs()}:${process.env['PATH']}`, HOME }
  const child = spawn('script', ['-qec', words.map(shellWord).join(' '), '/dev/null'], {
    cwd,
    // A shell that is killed would write its history into the folder while that is removed.
    env: { ...env, TERM: 'dumb', PS1: '$ ', HISTFILE: '/dev/null' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let shown = ''
  // A shell rings where it shows only a part of what it completes.
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString().replaceAll('\u0007', '')))
  child.stdout.setMaxListeners(0)
  const shows = (expected: RegExp) =>
    new Promise<string>((done) => {
      const look = () => expected.test(shown) && done(shown)
      child.stdout.on('data', look)
      look()
    })
  return {
    /** Types, and resolves once what is expected is on the screen; it starts anew each time. */
    async type(keys: string, expected: RegExp): Promise<string> {
      shown = ''
      child.stdin.write(keys)
      return shows(expected)
    },
    /** Clears the line and waits until the shell answers. */
    async settle(): Promise<string> {
      return this.type('\u0015echo do""ne\r', /(?:^|\n)done/)
    },
    shows,
  }
}

const files = { 'source/one.js': 'a\n', 'alpha.js': 'a\n' }
const package_ = '/usr/share/bash-completion/bash_completion'

const has = (program: string) => spawnSync(program, ['--version']).status === 0

type Shell = { name: string; words: string[]; setup: string[]; skip: string | undefined }

const all: Shell[] = [
  { name: 'bash', words: ['bash', '--norc', '-i'], setup: ['source <(local-brain completion bash)'], skip: undefined },
  {
    name: 'bash with its completion package',
    words: ['bash', '--norc', '-i'],
    setup: [`. ${package_}`, 'source <(local-brain completion bash)'],
    skip: existsSync(package_) ? undefined : 'the package bash-completion is not installed',
  },
  {
    name: 'zsh',
    words: ['zsh', '-f', '-i'],
    // Its usual key would have the shell itself expand what is typed first.
    setup: [
      'autoload -Uz compinit && compinit -u -D',
      "bindkey '^I' complete-word",
      'source <(local-brain completion zsh)',
    ],
    skip: has('zsh') ? undefined : 'zsh is not installed',
  },
]

describe.skipIf(!hasTerminal).each(all)('$name', ({ words, setup, skip }) => {
  test('completes, sourced twice, and runs nothing that is typed', async (context) => {
    if (skip !== undefined) return context.skip(skip)
    const { root } = temporaryFolder(files)
    const home = temporaryFolder().root
    const session = await talkedAbout(root, home)
    const shell = shellIn(root, words, home)
    await shell.settle()
    let said = ''
    for (const line of [...setup, ...setup]) {
      said += await shell.type(`${line}\r`, /\n/)
      said += await shell.settle()
    }
    expect(said).not.toMatch(/not found|readonly|error/i)
    const cases: [string, RegExp][] = [
      ['local-brain -f sour\t', /-f source\//],
      ['local-brain -f alp\t', /-f alpha\.js/],
      ['local-brain --files=alp\t', /--files=alpha\.js/],
      ['local-brain hook install prep\t', /prepare-commit-msg/],
      ['local-brain --format=js\t', /--format=json/],
      ['local-brain -s commi\t', /commit-message/],
      ['local-brain -d so\t', /-d source\//],
      ['local-brain doc\t', /doctor/],
      ['local-brain chat --resume 2\t', new RegExp(`--resume ${session}`)],
      ['local-brain -f $(touch typed) do\t', /doctor/],
    ]
    for (const [keys, expected] of cases) {
      await shell.type(keys, expected)
      await shell.settle()
    }
    await shell.type('local-brain -f `touch typed` do\t', /do/)
    await shell.type('\u0015local-brain -s "$(touch typed)\t', /typed/)
    await shell.type('"\u0015', /./)
    await shell.settle()
    expect(existsSync(join(root, 'typed'))).toBe(false)
  })
})

test('fish completes, sourced twice, and runs nothing that is typed', async (context) => {
  if (!has('fish')) return context.skip('there is no fish here')
  const { root } = temporaryFolder(files)
  const home = temporaryFolder().root
  const session = await talkedAbout(root, home)
  const env = { ...gitEnvironment, PATH: `${programs()}:${process.env['PATH']}`, HOME: home }
  const complete = (line: string) => {
    const source = 'local-brain completion fish | source; '
    const words = ['--no-config', '-c', `${source}${source}complete --do-complete ${shellWord(line)}`]
    const { stdout, stderr } = spawnSync('fish', words, { cwd: root, env, encoding: 'utf8' })
    expect(stderr).toBe('')
    return stdout.split('\n').map((found) => found.split('\t')[0])
  }
  expect(complete('local-brain -f s')).toContain('source/')
  expect(complete('local-brain -f alpha.js,s')).toContain('alpha.js,source/')
  expect(complete('local-brain --files=al')).toContain('--files=alpha.js')
  expect(complete('local-brain -d ')).toContain('source/')
  expect(complete('local-brain hook install prep')).toEqual(['prepare-commit-msg', ''])
  expect(complete('local-brain chat --resume 2')).toEqual([session, ''])
  expect(complete('local-brain -f (touch typed) do')).toContain('doctor')
  expect(existsSync(join(root, 'typed'))).toBe(false)
})

test('zsh reads its script, twice', (context) => {
  if (!has('zsh')) return context.skip('there is no zsh here')
  const { root } = temporaryFolder(files)
  const env = { ...gitEnvironment, PATH: `${programs()}:${process.env['PATH']}`, HOME: root }
  const source = 'source <(local-brain completion zsh)'
  const script = `autoload -Uz compinit; compinit -u -D; ${source}; ${source}; print -r -- $_comps[local-brain]`
  const run = spawnSync('zsh', ['-f', '-c', script], { cwd: root, env, encoding: 'utf8' })
  expect(run).toMatchObject({ stdout: '_local-brain\n', stderr: '' })
})

test('PowerShell hands over what was typed, and takes nothing of it for its own', async () => {
  const { stdout } = await localBrain(['completion', 'powershell'], { cwd: temporaryFolder().root })
  expect(stdout).toContain('Register-ArgumentCompleter -Native -CommandName local-brain -ScriptBlock {')
  expect(stdout).toContain("& local-brain complete '--' @words $last 2>$null")
  // The text of what was typed, never its value.
  expect(stdout).toContain('$_.Extent.Text')
  expect(stdout).not.toMatch(/Invoke-Expression|\biex\b|\.Value\b/)
  const count = (mark: string) => stdout.split(mark).length - 1
  expect([count('{'), count('('), count('[')]).toEqual([count('}'), count(')'), count(']')])
})

test('the help of completion says for each shell where its script goes', async () => {
  const { stdout, code } = await localBrain(['completion', '--help'], { cwd: temporaryFolder().root })
  expect(code).toBe(0)
  const places = [
    'bash-completion/completions/local-brain',
    '~/.bashrc',
    '$fpath',
    '~/.zshrc',
    'fish/completions',
    '$PROFILE',
  ]
  for (const place of places) expect(stdout).toContain(place)
})

test('bash gets one function and no other name', () => {
  const { root } = temporaryFolder(files)
  const env = { ...gitEnvironment, PATH: `${programs()}:${process.env['PATH']}`, HOME: root }
  const names = 'compgen -A function -A variable | sort'
  const script = `${names} >before; ${names} >before; source <(local-brain completion bash); COMP_WORDS=(local-brain hook ''); COMP_CWORD=2; COMP_LINE='local-brain hook '; COMP_POINT=17; before=; after=; _local_brain; unset before after COMP_WORDS COMP_CWORD COMP_LINE COMP_POINT; printf '%s\\n' "\${COMPREPLY[@]}" >reply; unset COMPREPLY; ${names} >after`
  const run = spawnSync('bash', ['--norc', '-c', script], { cwd: root, env, encoding: 'utf8' })
  expect(run.stderr).toBe('')
  const lines = (name: string) => readFileSync(join(root, name), 'utf8').trimEnd().split('\n')
  expect(lines('reply')).toEqual(['install', 'uninstall', 'status', 'run'])
  const before = new Set(lines('before'))
  expect(lines('after').filter((name) => !before.has(name))).toEqual(['_local_brain'])
})
