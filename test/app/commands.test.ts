import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Question } from '../../src/core/permission.ts'
import { sha256 } from '../../src/text/hash.ts'
import { createFolder, createRepository } from '../workspace.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import { type Turn, scriptedRun } from './scripted-run.ts'

const runner = () => {
  const tools = 'read_file, edit_file, run_command, run_checks'
  const text = `name: s\ndescription: d\naccess: run\ntools: [${tools}]\nuser_prompt_template: "{{ input }}"\n`
  return join(createFolder({ 's.yaml': text }), 's.yaml')
}
const command = (line: string, more: object = {}): Turn => [['run_command', { command: line, ...more }]]

// In pieces, so that no scanner takes the test for a leak.
const token = ['glpat-', 'Ab3dEf6hIj9lMn2pQr5t'].join('')

describe.skipIf(!hasSandbox)('what a run tells of its commands', () => {
  test('each is told while it runs, and is in the report and the audit log', async () => {
    const root = createRepository({ 'src/a.txt': 'one\n' })
    const line = 'echo made > made.txt; echo out; echo bad >&2; exit 3'
    const turns: Turn[] = [
      command(line, { folder: 'src', timeout: 20 }),
      [['edit_file', { path: 'src/a.txt', old: 'one', new: 'two' }]],
      'Done.',
    ]
    const { report, events, audit } = await scriptedRun(root, turns, {
      skill: runner(),
      allow: 'run',
      checks: ['true'],
    })
    const told = events.filter(({ type }) => /^(?:command|tool|check)_/.test(type)).map(({ type }) => type)
    const check = ['check_start', 'command_start', 'command_end', 'check_end']
    const call = ['tool_start', 'command_start', 'command_output', 'command_end', 'tool_end']
    expect(told.filter((type, at) => type !== 'command_output' || told[at - 1] !== type)).toEqual([
      ...check,
      ...call,
      'tool_start',
      'tool_end',
      ...check,
    ])
    const about = { command: line, approvedBy: 'allow' }
    const [, start] = events.filter(({ type }) => type === 'command_start')
    expect(start).toMatchObject({ ...about, folder: 'src', network: false, timeoutMs: 20_000 })
    const output = events.flatMap((event) => (event.type === 'command_output' ? [event.text] : []))
    expect(output.join('')).toBe('out\nbad\n')
    const [, end] = events.filter(({ type }) => type === 'command_end')
    expect(end).toMatchObject({ ...about, exitCode: 3, signal: null, bytes: 8 })
    expect(report.commands).toMatchObject([
      { command: 'true', approvedBy: 'check' },
      { ...about, folder: 'src', exitCode: 3, bytes: 8, sandbox: report.access?.sandbox },
      { command: 'true', approvedBy: 'check' },
    ])
    expect(report.changes?.map(({ path, by }) => `${path} ${by}`)).toEqual(['src/a.txt tool', 'src/made.txt command'])
    expect(events).toContainEqual(expect.objectContaining({ type: 'change', path: 'src/made.txt', by: 'command' }))
    expect(audit().filter(({ what }) => what === 'command')[1]).toMatchObject({
      project: root,
      sha256: sha256(line),
      by: 'allow',
      exitCode: 3,
    })
    expect(JSON.stringify(audit())).not.toContain('made.txt')
  })

  test('the calls of one reply keep their order: an edit is told what a command before it did', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    type Call = Exclude<Turn, string>[number]
    const edit = (old: string, now: string): Call => ['edit_file', { path: 'a.txt', old, new: now }]
    const sed = (was: string, now: string): Call => ['run_command', { command: `sed -i s/${was}/${now}/ a.txt` }]
    const both: Turn = [sed('one', 'two'), edit('one', 'three')]
    const turns: Turn[] = [[['read_file', { path: 'a.txt' }]], both, 'Done.']
    const { report, told } = await scriptedRun(root, turns, { skill: runner(), allow: 'run' })
    expect(told[2]).toContain('a.txt has changed since you read it')
    expect(report.patch).toContain('-one\n+two\n')
  })

  test('what a list of the person names needs no question, and what another names is never run', async () => {
    const asked: unknown[] = []
    const approve = async ({ call }: Question) => {
      asked.push(call.arguments['command'])
      return 'yes' as const
    }
    const lines = ['echo one', 'echo two && ls', 'echo "$(rm a.txt)"', 'pwd']
    const request = { skill: runner(), commandRules: { allow: ['echo', 'ls'], deny: ['rm'] } }
    const root = createRepository({ 'a.txt': 'one\n' })
    const { report, told } = await scriptedRun(root, [...lines.map((line) => command(line)), 'Done.'], request, {
      approve,
    })
    expect(asked).toEqual(['pwd'])
    expect(told[2]).toBe(`Error: "rm" is on the person's list of commands that are never run`)
    expect(report.commands?.map((row) => [row.command, row.approvedBy])).toEqual([
      ['echo one', 'rule'],
      ['echo two && ls', 'rule'],
      ['pwd', 'person'],
    ])
  })

  test('keys that it prints are cut for the model, the events and the report', async () => {
    const root = createRepository({ 'a.txt': `the token ${token}\n` })
    const turns = [command('cat a.txt; printf "%s" glpat-; sleep 0.3; echo Ab3dEf6hI""j9lMn2pQr5t'), 'Done.']
    const request = { skill: runner(), allow: 'run' as const, checks: ['cat a.txt; false'] }
    const { report, events, told } = await scriptedRun(root, turns, request)
    expect(told[0]).toContain('the token glpa[redacted]5t\nglpa[redacted]5t')
    expect(JSON.stringify(events)).not.toContain('dEf6hIj9lMn2p')
    expect(report.checks?.[0]?.output).toBe('the token glpa[redacted]5t\n')
  })
})
