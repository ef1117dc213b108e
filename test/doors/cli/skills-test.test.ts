import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama, toldText } from './ollama.ts'

const skill = 'name: greet\ndescription: greets\nuser_prompt_template: "Greet {{ content }}"\n'
const files = {
  'bare/skill.yaml': skill.replace('greet', 'bare'),
  'greet/skill.yaml': skill,
  'greet/cases/ada.yaml': 'files: { who.txt: "Ada\\n" }\nexpect: { says: [hello ada] }\nreplies: [Hello Ada!]\n',
  'greet/cases/bob.yaml': 'files: { who.txt: "Bob\\n" }\nexpect: { says: [bob], says_not: [goodbye] }\n',
}

describe('skills test', () => {
  test('asks a model about each case, and shows what failed as a table; the worst run counts', async () => {
    const { root } = temporaryFolder(files)
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('local-brain-case-'))
    const before = folders()
    const server = await ollama(({ messages, options }) => {
      const isBob = messages.at(-1)?.content.includes('Bob')
      return reply.text(isBob ? (options?.['seed'] === 2 ? 'Goodbye Bob.' : 'Hi Bob.') : 'Hello\nAda!')
    })
    const run = await localBrain(['skills', 'test', './greet', '-n', '2'], { cwd: root, host: server.url })
    expect(run.code).toBe(1)
    const lines = run.stdout.replaceAll(/\d+\.\d s/g, '0.0 s').split('\n')
    expect(lines).toEqual([
      'CASE  RESULT      RUNS      TIME',
      'ada   passed      2 of 2    0.0 s',
      'bob   failed      1 of 2    0.0 s',
      '  run 2: said, but must not be: "goodbye"',
      '',
      '2 cases: 1 passed, 1 failed · scripted:latest',
      '',
    ])
    expect(toldText(server)).toContain('Greet Ada')
    expect(folders()).toEqual(before)
  })

  test('takes the replies of a case with --scripted, asks no model, and gives one document as JSON', async () => {
    const { root } = temporaryFolder(files)
    const run = await localBrain(['skills', 'test', './greet', '--scripted', '--format', 'json'], { cwd: root })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(run.stdout)).toMatchObject({
      schema: 'local-brain.skill-test/1',
      skill: 'greet',
      scripted: true,
      runs: 1,
      cases: [{ name: 'ada', state: 'passed', passed: 1, runs: 1, problems: [] }],
      skipped: ['bob'],
      exitCode: 0,
    })
  })

  const codes: [string, string[], number, string][] = [
    ['no server', ['./greet'], 3, 'error: Cannot reach Ollama'],
    [
      'no such case',
      ['./greet', '--case', 'eve'],
      2,
      'error: Skill "./greet" has no case "eve"\nhint: one of: ada, bob\n',
    ],
    ['no replies', ['./greet', '--scripted', '--case', 'bob'], 2, 'error: No case of "./greet" has replies'],
    ['no cases', ['./bare'], 2, 'error: Skill "bare" has no cases\nhint: write '],
    [
      'no cases of a built-in one',
      ['ask'],
      2,
      'has no cases\nhint: local-brain skills new my-ask --from release-notes\n',
    ],
    ['no such skill', ['gret'], 2, 'error: There is no skill "gret"'],
  ]
  test.each(codes)('ends as other commands do: %s', async (_, args, code, error) => {
    const { root } = temporaryFolder(files)
    const run = await localBrain(['skills', 'test', ...args], { cwd: root })
    expect(run).toMatchObject({ code, stdout: '' })
    expect(run.stderr).toContain(error)
  })

  test('ends with 4 when a case gets no answer', async () => {
    const { root } = temporaryFolder(files)
    const server = await ollama(() => reply.text(''))
    const run = await localBrain(['skills', 'test', './greet', '--case', 'ada'], { cwd: root, host: server.url })
    expect(run.code).toBe(4)
    expect(run.stdout).toMatch(/ada {3}unanswered {2}0 of 1/)
  })

  test.each([
    ['vars: { level: 1 }', 'Skill "greet" has no input "level"'],
    ['workspace: { who.txt/a: x }', 'the file "who.txt" could not be written'],
  ])('names a case that the skill cannot take: %s', async (line, message) => {
    const text = `${line}\nfiles: { who.txt: x }\nexpect: { says: x }\nreplies: [x]\n`
    const { root } = temporaryFolder({ ...files, 'greet/cases/odd.yaml': text })
    const run = await localBrain(['skills', 'test', './greet', '--scripted', '--case', 'odd'], { cwd: root })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain(`error: greet/cases/odd.yaml: ${message}`)
  })

  test('opens neither skill nor cases of a repository that is not trusted, and what they say is data afterwards', async () => {
    const brought = '.local-brain/skills/theirs'
    const { root } = repository({
      [`${brought}/skill.yaml`]: skill.replace('greet\n', 'theirs\n'),
      [`${brought}/cases/a.yaml`]: `files: { who.txt: "{{ 7 * 7 }}" }\nexpect: { says: [hello] }\nreplies: [Hello!]\n`,
      'README.md': 'x\n',
    })
    const HOME = temporaryFolder().root
    const cli = (...args: string[]) => localBrain(args, { cwd: root, env: { HOME } })
    for (const name of ['theirs', `./${brought}`]) {
      expect(await cli('skills', 'test', name, '--scripted')).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^error: .*not trusted\nhint: .*local-brain trust/) as string,
      })
    }
    await cli('trust', 'theirs')
    expect(await cli('skills', 'test', 'theirs', '--scripted')).toMatchObject({ code: 0, stderr: '' })
    const server = await ollama([reply.text('hello')])
    await localBrain(['skills', 'test', 'theirs'], { cwd: root, env: { HOME }, host: server.url })
    expect(toldText(server)).toContain('Greet {{ 7 * 7 }}')
  })
})

test('skills new --from copies an example that works, with its cases', async () => {
  const HOME = temporaryFolder().root
  const cli = (...args: string[]) => localBrain(args, { cwd: HOME, env: { HOME } })
  const made = await cli('skills', 'new', 'my-todos', '--from', 'todo-owners')
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('3 cases beside it') as string })
  expect(readdirSync(join(HOME, '.config/local-brain/skills/my-todos'))).toEqual(['cases', 'skill.yaml'])
  expect(await cli('skills', 'check', 'my-todos')).toMatchObject({ code: 0 })
  const tried = await cli('skills', 'test', 'my-todos', '--scripted')
  expect(tried).toMatchObject({ code: 0, stdout: expect.stringContaining('3 cases: 3 passed') as string })
  expect(await cli('skills', 'new', 'other', '--from', 'todo-owner')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: .*todo-owner.*\nhint: did you mean --from todo-owners\?\n$/) as string,
  })
})

test('a skill whose work is its tools runs without a prompt; one that has a place for input wants some', async () => {
  const look =
    'name: look\ndescription: looks\ntools: [list_directory]\nuser_prompt_template: "{{ what }}"\ninputs: { what: { default: Look around. } }\n'
  const { root } = temporaryFolder({
    'look.yaml': look,
    'say.yaml': look.replace('{{ what }}', '{{ what }} {{ input }}'),
  })
  const server = await ollama([reply.calls({ name: 'list_directory', arguments: {} }), reply.text('Two files.')])
  const run = await localBrain(['-s', './look.yaml'], { cwd: root, host: server.url })
  expect(run).toMatchObject({ code: 0, stdout: 'Two files.\n' })
  expect(server.requests[0]?.messages.at(-1)?.content).toBe('Look around.')
  const piped = await localBrain(['-s', './look.yaml', '--dry-run'], { cwd: root, stdin: '' })
  expect(piped.code).toBe(0)
  const other = await localBrain(['-s', './say.yaml'], { cwd: root, host: server.url })
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('There is nothing to work on') as string })
})
