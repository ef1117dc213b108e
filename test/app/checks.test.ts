import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AgentEvent } from '../../src/core/events.ts'
import { LocalBrainError } from '../../src/errors.ts'
import { createFolder, createRepository } from '../workspace.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'
import { scriptedRun, type Turn } from './scripted-run.ts'

/** A skill of the person's own, beside the project. */
function skill(more = '', access = 'write'): string {
  const tools = access === 'run' ? 'edit_file, delete_file, run_command' : 'edit_file, delete_file'
  const text = `name: s\ndescription: d\naccess: ${access}\ntools: [${tools}]\n${more}user_prompt_template: "{{ input }}"\n`
  return join(createFolder({ 's.yaml': text }), 's.yaml')
}

/** A test that wants 2 where the code says 1. */
const unsolved = () =>
  createRepository({ 'a.txt': '1\n', 'test.sh': '[ "$(cat a.txt)" = 2 ] || { echo want 2; exit 1; }\n' })
const solve: Turn = [['edit_file', { path: 'a.txt', old: '1', new: '2' }]]
const check = 'sh test.sh'
type Request = Parameters<typeof scriptedRun>[2]
const checked = { allow: 'write' as const, checks: [check] }

describe.skipIf(!hasSandbox)('the checks of a run', () => {
  test('run before the model works and at the end, and say what its work did', async () => {
    const root = unsolved()
    const { report, events } = await scriptedRun(root, [solve, 'It is 2 now.'], { skill: skill(), ...checked })
    expect(report).toMatchObject({ exitCode: 0, proposal: { applied: false } })
    expect(report.checks).toMatchObject([
      { name: check, command: check, required: true, before: 'failed', after: 'ok', exitCode: 0, output: '' },
    ])
    expect(events.flatMap((event) => (event.type === 'check_end' ? [`${event.when} ${event.state}`] : []))).toEqual([
      'before failed',
      'after ok',
    ])
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('1\n')
  })

  test('decide, whatever the model says: what fails is only proposed', async () => {
    const root = unsolved()
    const wrong: Turn = [['edit_file', { path: 'a.txt', old: '1', new: '3' }]]
    const request: Request = { skill: skill(), ...checked, takeOver: { apply: true } }
    const { report } = await scriptedRun(root, [wrong, 'Done, all tests pass.'], request)
    expect(report).toMatchObject({ exitCode: 1, proposal: { applied: false } })
    expect(report.checks).toMatchObject([{ before: 'failed', after: 'failed', exitCode: 1, output: 'want 2\n' }])
    expect(report.warnings.join()).toContain('only proposed, since a check does not hold: local-brain apply')
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('1\n')
  })

  test('what holds is applied where that is asked for', async () => {
    const root = unsolved()
    const request: Request = { skill: skill(), ...checked, takeOver: { apply: true } }
    const { report } = await scriptedRun(root, [solve, 'Done.'], request)
    expect(report).toMatchObject({ exitCode: 0, proposal: { applied: true } })
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('2\n')
  })

  test('where nothing was changed they are not run again', async () => {
    const root = unsolved()
    const { report, events } = await scriptedRun(root, ['Done, all tests pass.'], { skill: skill(), ...checked })
    expect(report).toMatchObject({ exitCode: 1, checks: [{ before: 'failed', after: 'failed' }] })
    expect(events.filter(({ type }) => type === 'check_start')).toHaveLength(1)
  })

  test('what they leave behind is no part of what is proposed', async () => {
    const checks = ['echo more >> a.txt; echo made > made.txt; rm -f test.sh; grep 2 a.txt']
    const { report } = await scriptedRun(unsolved(), [solve, 'Done.'], { skill: skill(), allow: 'write', checks })
    expect(report).toMatchObject({ exitCode: 0, checks: [{ before: 'failed', after: 'ok' }] })
    expect(report.changes).toMatchObject([{ path: 'a.txt', added: 1, removed: 1, by: 'tool' }])
  })

  test('one that ends well and says that it ran no test proves nothing', async () => {
    const checks = ['echo "collected 0 items"', 'echo "no tests ran"; exit 5']
    const request: Request = { skill: skill(), allow: 'write', checks }
    const { report } = await scriptedRun(unsolved(), [solve, 'Done.'], request)
    const empty = { before: 'empty', after: 'empty' }
    expect(report).toMatchObject({ exitCode: 1, checks: [empty, empty] })
  })

  test('one that held before and fails now is tried a second time', async () => {
    // ~/.cache is kept from one command to the next.
    const unsteady = 'n=$(cat ~/.cache/n 2>/dev/null || echo 0); echo $((n + 1)) > ~/.cache/n; [ $n != 1 ]'
    const request: Request = { skill: skill(), allow: 'write', checks: [unsteady] }
    const { report, events } = await scriptedRun(unsolved(), [solve, 'Done.'], request)
    expect(report).toMatchObject({ exitCode: 0, checks: [{ before: 'ok', after: 'ok', flaky: true }] })
    expect(events.filter(({ type }) => type === 'check_start')).toHaveLength(3)
  })

  test('but not where another one fails anyway', async () => {
    const breaks: Turn = [['edit_file', { path: 'a.txt', old: '1', new: '3' }]]
    const request: Request = { skill: skill(), allow: 'write', checks: ['grep 1 a.txt', 'false'] }
    const { report, events } = await scriptedRun(unsolved(), [breaks, 'Done.'], request)
    expect(report).toMatchObject({ exitCode: 1, checks: [{ after: 'failed' }, { after: 'failed' }] })
    expect(events.filter(({ type }) => type === 'check_start')).toHaveLength(4)
  })

  test('one that needs the network is told so by its own failure, and one that is not required decides nothing', async () => {
    const checks = 'checks: [{ name: online, command: "getent hosts example.com", required: false }]\n'
    const { report } = await scriptedRun(unsolved(), [solve, 'Done.'], { skill: skill(checks, 'run'), allow: 'run' })
    expect(report).toMatchObject({ exitCode: 0, checks: [{ name: 'online', before: 'failed', after: 'failed' }] })
  })

  test('what the model changes does not change them', async () => {
    const file = skill(`checks: [${check}]\n`, 'run')
    const root = unsolved()
    const sly: Turn = [['run_command', { command: `sed -i 's/sh test.sh/true/' ${file}; echo true > test.sh` }]]
    const { report } = await scriptedRun(root, [sly, 'Done.'], { skill: file, allow: 'run' })
    // The test itself is a file of the project, and its change is there to be read.
    expect(report.checks).toMatchObject([{ command: check, before: 'failed', after: 'ok' }])
    expect(report.patch).toContain('+true')
    expect(readFileSync(file, 'utf8')).toContain(check)
  })
})

describe.skipIf(!hasSandbox)('who lets them run', () => {
  const file = () => skill(`checks: [${check}]\n`)

  test('the checks of a skill need consent, and without it nothing is verified', async () => {
    const { report } = await scriptedRun(unsolved(), [solve, 'Done.'], { skill: file(), allow: 'write' })
    expect(report).toMatchObject({ exitCode: 4, checks: [{ before: 'not_run', after: 'not_run' }] })
    expect(report.error?.message).toContain('Not verified')
    const allowed = await scriptedRun(unsolved(), [solve, 'Done.'], { skill: file(), allow: 'run' })
    expect(allowed.report).toMatchObject({ exitCode: 0, checks: [{ before: 'failed', after: 'ok' }] })
  })

  test('on a terminal the person is asked once, and sees the commands', async () => {
    const asked: string[] = []
    const approve = async ({ preview = '' }) => {
      asked.push(preview)
      return 'yes' as const
    }
    const { report } = await scriptedRun(unsolved(), [solve, 'Done.'], { skill: file(), allow: 'write' }, { approve })
    expect(report).toMatchObject({ exitCode: 0, checks: [{ before: 'failed', after: 'ok' }] })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain('sh test.sh\nin . · ')
  })

  test('they are refused where nothing can be changed', async () => {
    const request: Request = { skill: 'ask', checks: [check] }
    await expect(scriptedRun(unsolved(), ['Done.'], request)).rejects.toThrow(
      '--check needs a run that may change something',
    )
  })
})

test.skipIf(!hasSandbox)('a check that the end of the run cuts off has not run', async () => {
  const end = new AbortController()
  const emit = (event: AgentEvent) => {
    if (event.type === 'check_start' && event.when === 'after')
      end.abort(new LocalBrainError('interrupted', 'Interrupted'))
  }
  const request: Request = { skill: skill(), allow: 'write', checks: ['grep 1 a.txt || sleep 300'] }
  const { report } = await scriptedRun(unsolved(), [solve, 'Done.'], request, { emit, signal: end.signal })
  expect(report).toMatchObject({ exitCode: 4, checks: [{ before: 'ok', after: 'not_run' }] })
})
