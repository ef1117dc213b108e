import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Approve, Question } from '../../src/core/permission.ts'
import { createFolder, createRepository, write } from '../workspace.ts'
import { everyByte } from '../workspace/changes/project.ts'
import { type Turn, scriptedRun } from './scripted-run.ts'

const runner = () => {
  const text =
    'name: s\ndescription: d\naccess: run\ntools: [run_command, run_python]\nuser_prompt_template: "{{ input }}"\n'
  return join(createFolder({ 's.yaml': text }), 's.yaml')
}
const command = (line: string): Turn => [['run_command', { command: line }]]
const without = { kind: 'none' as const }

function project() {
  const top = createRepository({
    'test.sh': 'cat node_modules/one; pwd; echo made > made.txt\n',
    '.gitignore': 'node_modules/\n',
  })
  write(top, { 'node_modules/one': 'from a package\n' })
  return top
}

describe('without a sandbox', () => {
  test('and without a terminal only a listed command of plain words runs, without a shell, in the copy', async () => {
    const top = project()
    const before = everyByte(top)
    const lines = [
      'touch sly',
      'sh test.sh && touch sly',
      'sh "test.sh"',
      'sh test.sh > f',
      'echo $(touch sly)',
      'type cat',
    ]
    const commands = ['sh test.sh', 'type', 'echo']
    const request = { skill: runner(), allow: 'run' as const, sandbox: without, commands }
    const { report, told } = await scriptedRun(top, [...lines.map(command), 'Done.'], request)
    const refused =
      "Error: this needs a person's consent (there is no sandbox), and there is nobody to ask. Go on without it"
    expect(told.map((text) => text.split('\n')[0]?.replace(/ after .*/, ''))).toEqual([
      expect.stringContaining('Error: only commands that begin with sh test.sh, type, echo may be run'),
      expect.stringContaining('Error: only commands'),
      'exit 0',
      expect.stringContaining('Error: only commands'),
      expect.stringContaining('Error: only commands'),
      // It is no program, but a word that shells know.
      'exit 127',
    ])
    expect(told[2]).toMatch(/\nfrom a package\n\/.*scratch\//)
    const joined = await scriptedRun(top, [command('sh test.sh; sh test.sh'), 'Done.'], request)
    expect(joined.told).toEqual([refused])
    expect(report.changes?.map(({ path, by }) => `${path} ${by}`)).toEqual(['made.txt command'])
    expect(report.access).toMatchObject({ sandbox: 'none', network: true })
    expect(report.commands).toMatchObject([{ command: 'sh "test.sh"', approvedBy: 'allow' }, { exitCode: 127 }])
    expect(report.warnings).toEqual([
      expect.stringMatching(/^there is no sandbox: a command can read, change and send/),
    ])
    expect(everyByte(top)).toEqual(before)
  })

  test('where nothing is listed and nobody can be asked, no command is offered', async () => {
    const { report } = await scriptedRun(project(), ['Done.'], { skill: runner(), allow: 'run', sandbox: without })
    expect(report.warnings.join()).toContain('there is no sandbox, and nobody to ask')
    expect(report.access?.sandbox).toBeNull()
  })

  test('a person is asked for each, whatever is allowed, and then bash runs it as it stands', async () => {
    const questions: Question[] = []
    const approve: Approve = async (question) => {
      questions.push(question)
      return questions.length === 1 ? 'yes' : 'no'
    }
    const turns = [command('echo "$((40 + 2))" > n && cat n'), command('cat n'), 'Done.']
    const request = { skill: runner(), allow: 'run' as const, sandbox: without }
    const { report, told } = await scriptedRun(project(), turns, request, { approve })
    expect(questions).toHaveLength(2)
    expect(questions[0]).toMatchObject({ sensitive: 'there is no sandbox' })
    expect(questions[0]?.preview).toBe(
      'echo "$((40 + 2))" > n && cat n\nin . · no sandbox: it can do whatever you can · up to 120 s',
    )
    expect(told[0]).toMatch(/^exit 0 after .*\n42$/)
    expect(told[1]).toContain('Error: the person said no')
    expect(report.approvals).toEqual({ asked: 2, allowed: 1, refused: 1 })
  })

  test.skipIf(!existsSync('/proc/self/environ'))('nothing that a command started outlives it', async () => {
    const mark = `7${Math.random().toString().slice(2, 10)}`
    const script = `setsid nohup sleep ${mark} >/dev/null 2>&1 &\n(sh -c 'trap "" TERM HUP; sleep ${mark}' &)\nsleep ${mark}\n`
    const top = createRepository({ 'go.sh': script })
    const turns: Turn[] = [[['run_command', { command: 'sh go.sh', timeout: 1 }]], 'Done.']
    const request = { skill: runner(), allow: 'run' as const, sandbox: without, commands: ['sh go.sh'] }
    const { told } = await scriptedRun(top, turns, request)
    expect(told[0]).toContain('took longer than 1 s')
    const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(mark))
    expect(left).toEqual([])
  })
})

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}
