import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ScriptSource, reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder } from '../../workspace.ts'
import { command, localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

const files = { 'a.txt': 'alpha\n', 'b.txt': 'beta\n', 'r.md': 'OLD\n' }
const thinker = {
  models: [{ name: 'thinker', capabilities: ['completion', 'tools', 'thinking'], calls: 'native' as const }],
}

type Case = {
  answer: ReturnType<typeof reply.text>
  args?: string[] /** Sent once the model was asked. */
  signal?: NodeJS.Signals
}

/** A question whose answer belongs into r.md. */
async function answerInto(folder: string, { answer, args = [], signal }: Case) {
  let kill: (signal: NodeJS.Signals) => void = () => undefined
  const script = () => {
    if (signal !== undefined) kill(signal)
    return answer
  }
  const server = await ollama(script, args.includes('--think') ? thinker : {})
  const all = [...args, '-o', 'r.md', 'what is alpha?']
  return localBrain(all, { cwd: folder, host: server.url, onStart: (send) => (kill = send) })
}

describe('without an answer an earlier report stays as it was', () => {
  test.each<[string, number, Case]>([
    ['the time is up', 4, { answer: reply.silent(), args: ['--timeout', '1'] }],
    ['Ctrl-C', 130, { answer: reply.silent(), signal: 'SIGINT' }],
    ['SIGTERM', 143, { answer: reply.silent(), signal: 'SIGTERM' }],
    ['an empty reply', 4, { answer: reply.empty() }],
    ['only white space', 4, { answer: reply.text('  \n\t\n') }],
    ['only thoughts', 4, { answer: reply.thinking('Hm.'), args: ['--think', 'low'] }],
    ['a server that fails', 3, { answer: reply.error(500, 'it broke') }],
    ['nothing to read', 2, { answer: reply.text('x'), args: ['-f', 'none.txt'] }],
  ])('%s', async (_, code, asked) => {
    const folder = createFolder(files)
    const run = await answerInto(folder, asked)
    expect(readFileSync(join(folder, 'r.md'), 'utf8')).toBe('OLD\n')
    expect(run).toMatchObject({ code, stdout: '' })
    expect(run.stderr).toMatch(/^error: .*\nhint: .*\n$/m)
  })

  test('and none is created', async () => {
    const folder = createFolder({})
    const run = await answerInto(folder, { answer: reply.silent(), args: ['--timeout', '1'] })
    expect(existsSync(join(folder, 'r.md'))).toBe(false)
    expect(run.stderr).toContain('note: "r.md" is not written, since there is no answer')
  })

  test('nor is the report of a review in which nothing was reviewed written', async () => {
    const folder = createFolder(files)
    const server = await ollama(() => reply.text('I would say it is fine.'))
    const args = ['-s', 'code-review', '-f', 'a.txt', '-o', 'r.md']
    expect(await localBrain(args, { cwd: folder, host: server.url })).toMatchObject({ code: 4 })
    expect(readFileSync(join(folder, 'r.md'), 'utf8')).toBe('OLD\n')
  })

  test('whoever reads JSON gets the document on standard output', async () => {
    const folder = createFolder(files)
    const run = await answerInto(folder, { answer: reply.silent(), args: ['--timeout', '1', '--format', 'json'] })
    expect(reportOf(run)).toMatchObject({ stop: 'time_limit', exitCode: 4, error: { code: 'timeout' } })
    expect(readFileSync(join(folder, 'r.md'), 'utf8')).toBe('OLD\n')
  })

  test('`last` too goes on to print the report before', async () => {
    const HOME = createFolder()
    const cwd = createFolder(files)
    const ask = async (script: ScriptSource, args: string[]) =>
      localBrain([...args, 'a?'], { cwd, host: (await ollama(script)).url, env: { HOME } })
    await ask(() => reply.text('The answer.'), [])
    await ask(() => reply.silent(), ['--timeout', '1'])
    expect(await localBrain(['last'], { cwd, env: { HOME } })).toMatchObject({ stdout: 'The answer.\n', code: 0 })
  })
})

describe('half an answer says that it is half, where it is printed and where it is written', () => {
  test.each<[string, string, Case]>([
    ['the time is up', 'the time limit was reached', { answer: reply.silent('Alpha is'), args: ['--timeout', '4'] }],
    ['the limit of a reply', 'the answer was cut', { answer: reply.cut('Alpha is') }],
    ['compact', 'the answer was cut', { answer: reply.cut('Alpha is'), args: ['--format', 'compact'] }],
  ])('%s', async (_, reason, asked) => {
    const folder = createFolder(files)
    await answerInto(folder, asked)
    const written = readFileSync(join(folder, 'r.md'), 'utf8')
    expect(written).toMatch(/Alpha is\n/)
    expect(written.trimEnd().split('\n').at(-1)).toBe(`[Incomplete: ${reason}]`)
  })

  test('Ctrl-C in the middle of it', async () => {
    const folder = createFolder(files)
    let kill: (signal: NodeJS.Signals) => void = () => undefined
    const server = await ollama(() => reply.silent('Alpha is'), {})
    const log = join(createFolder(), 'log')
    const run = localBrain(['--log-file', log, 'what is alpha?'], {
      cwd: folder,
      host: server.url,
      onStart: (send) => (kill = send),
    })
    await expect.poll(() => existsSync(log) && readFileSync(log, 'utf8'), { timeout: 5000 }).toContain('Alpha ')
    kill('SIGINT')
    expect(await run).toMatchObject({ code: 130, stdout: 'Alpha is\n\n[Incomplete: it was interrupted]\n' })
  })

  test('a whole answer at the last allowed turn is no half one', async () => {
    const folder = createFolder(files)
    await answerInto(folder, { answer: reply.text('Alpha is a letter.'), args: ['--max-turns', '1'] })
    expect(readFileSync(join(folder, 'r.md'), 'utf8')).toBe('Alpha is a letter.\n')
  })
})

// `-o >(sort)`
test.skipIf(process.platform === 'win32')('a stream that the shell has opened gets the report', async () => {
  const folder = createFolder({ 'a.txt': 'alpha\n' })
  const server = await ollama([reply.text('Of alpha.')])
  const through = ['bash', '-c', 'exec 5> made.txt; exec "$@"', 'bash', ...command]
  const args = ['-s', 'explain', '-f', 'a.txt', '-o', '/dev/fd/5']
  expect(await localBrain(args, { cwd: folder, host: server.url, through })).toMatchObject({ code: 0, stdout: '' })
  expect(readFileSync(join(folder, 'made.txt'), 'utf8')).toBe('Of alpha.\n')
})
