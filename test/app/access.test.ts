import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { grantAccess } from '../../src/app/access.ts'
import { run } from '../../src/app/run.ts'
import { openSession } from '../../src/app/session.ts'
import type { SessionContext, SessionRequest } from '../../src/app/request.ts'
import type { AgentEvent } from '../../src/core/events.ts'
import { storePaths } from '../../src/store/paths.ts'
import { scriptedEngine } from '../scripted-engine.ts'
import { createFolder, createRepository, environment } from '../workspace.ts'

const writer = (more = '') =>
  `name: w\ndescription: d\naccess: write\ntools: [read_file, edit_file]\n${more}\nuser_prompt_template: "{{ input }}"\n`

function sessionOf(root: string, request: Partial<SessionRequest> = {}, context: Partial<SessionContext> = {}) {
  const usual = { skill: join(root, 'w.yaml'), cwd: root, environment, paths: storePaths({}, createFolder()) }
  return openSession(
    { ...usual, ...request },
    { emit: () => undefined, signal: new AbortController().signal, ...context },
  )
}

const yes = async () => 'yes' as const

describe('what a session offers is what the tool, the skill and the person agree on', () => {
  test.each<[string, Partial<SessionRequest>, Partial<SessionContext>, string[]]>([
    ['nothing is allowed and nobody is there', {}, {}, ['read_file']],
    ['writing is allowed', { allow: 'write' }, {}, ['read_file', 'edit_file']],
    ['more is allowed than the skill wants', { allow: 'run' }, {}, ['read_file', 'edit_file']],
    ['somebody can be asked', {}, { approve: yes }, ['read_file', 'edit_file']],
    ['a program decides', {}, { permit: async () => ({ allow: true }) }, ['read_file', 'edit_file']],
  ])('when %s', async (_, request, context, expected) => {
    const session = await sessionOf(createFolder({ 'w.yaml': writer() }), request, context)
    expect(session.tools.map(({ name }) => name)).toEqual(expected)
    expect((await session.hands()).editor === undefined).toBe(expected.length === 1)
    await session.close()
  })
})

test('tools that run commands are not offered without a sandbox, and why there is none is said', async () => {
  const file = writer().replace('write', 'run').replace('edit_file', 'edit_file, run_command')
  const { skill } = await sessionOf(createFolder({ 'w.yaml': file }))
  const sandbox = { reason: 'bubblewrap is not installed', hint: 'sudo apt install bubblewrap' }
  const granted = grantAccess({ allow: 'run', sandbox }, skill, () => undefined)
  expect(granted.access).toBe('write')
  expect(granted.warnings.join()).toContain(
    'skill "w" may run, but commands cannot be run here, since bubblewrap is not installed: the model gets only tools that read and write; sudo apt install bubblewrap',
  )
})

describe('a hook only reads', () => {
  test('also when everything is allowed', async () => {
    const root = createRepository({ 'a.txt': 'one\n' })
    const context = { permit: async () => ({ allow: true }) as const, approve: yes }
    const session = await sessionOf(root, { skill: 'code-review', hook: true, allow: 'run' }, context)
    expect(session.access).toBe('read')
    expect(await session.hands()).toEqual({ workspace: session.workspace })
    const call = { id: '1', name: 'edit_file', arguments: {}, recovered: false }
    const { signal } = new AbortController()
    expect(await session.permit({ call, access: 'write' }, signal)).toMatchObject({ allow: false })
  })

  test('and refuses a skill that wants more', async () => {
    const root = createRepository({ 'w.yaml': writer() })
    await expect(sessionOf(root, { hook: true })).rejects.toThrow('Skill "w" has access write, and a hook only reads')
  })
})

test('the person answers in their own time, and may answer for the rest of the session', async () => {
  const root = createRepository({ 'w.yaml': writer(), 'a.txt': 'one\n' })
  const events: AgentEvent[] = []
  const edits = ['1', '2']
  const engine = scriptedEngine((_, number) => {
    const now = edits[number - 1]
    if (now === undefined) return { message: { role: 'assistant', content: 'Done.', toolCalls: [] } }
    const args = { path: 'a.txt', old: number === 1 ? 'one' : '1', new: now }
    const call = { id: `c${number}`, name: 'edit_file', arguments: args, recovered: false }
    return { message: { role: 'assistant', content: '', toolCalls: [call] } }
  })
  const request = {
    skill: join(root, 'w.yaml'),
    work: { files: [], prompt: 'go' },
    cwd: root,
    environment,
    paths: storePaths({}, createFolder()),
    limits: { timeout: 3 },
  }
  const report = await run(request, {
    engine,
    emit: (event) => void events.push(event),
    signal: new AbortController().signal,
    // Longer than the whole run may take.
    approve: async () => new Promise((resolve) => setTimeout(() => resolve('always'), 3200)),
  })
  expect(report).toMatchObject({ stop: 'answered', exitCode: 0, toolCalls: [{ ok: true }, { ok: true }] })
  expect(events.filter(({ type }) => type === 'approval_ask')).toHaveLength(1)
  expect(report.patch).toContain('\n-one\n+2\n')
  expect(report.approvals).toEqual({ asked: 1, allowed: 1, refused: 0 })
})
