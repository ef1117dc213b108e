import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../src/text/hash.ts'
import { createFolder, createRepository } from '../workspace.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import { type Turn, scriptedRun } from './scripted-run.ts'

const runner = () => {
  const tools = 'edit_file, run_command, run_checks'
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
