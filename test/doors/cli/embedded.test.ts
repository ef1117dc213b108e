import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { setUp } from '../../scripted-binding/set-up.ts'
import { rawFinding } from '../../tasks/findings/unit.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { command, localBrain } from './local-brain.ts'
import { reportOf } from './ollama.ts'

const claim = rawFinding({ quote: 'return sum(list) / 1' })
const project = { 'mean.js': 'export function mean(list) {\n  return sum(list) / 1\n}\n' }

/** A home in which the engine is set up, with a script for a model. */
function home(replies: Parameters<typeof setUp>[0]) {
  const { root: HOME } = temporaryFolder()
  setUp(replies, {}, join(HOME, '.local/state/local-brain/embedded'))
  return { env: { HOME } }
}

// It is a process of Node, which the standalone binary is not.
const isBinary = process.env['LOCAL_BRAIN_BIN'] !== undefined

test.skipIf(isBinary)('a review and a question run without any server', async () => {
  const { root } = repository(project)
  const { env } = home([{ text: 'It is the mean.', json: { analysis: 'short', findings: [claim] } }])
  const at = { cwd: root, env }
  const review = await localBrain(
    ['--engine', 'embedded', '-s', 'code-review', '-f', 'mean.js', '--no-verify-findings', '--format', 'json'],
    at,
  )
  expect(reportOf(review)).toMatchObject({ findings: [{ path: 'mean.js', startLine: 2 }], model: { name: 'scripted' } })
  const answer = await localBrain(['--engine', 'embedded', 'what does mean.js do?'], at)
  expect(answer).toMatchObject({ stdout: 'It is the mean.\n', code: 0 })
  const models = await localBrain(['models', '--engine', 'embedded'], at)
  expect(models.stdout).toMatch(/\nMODEL .*\nscripted .*prompted .*\n/)
  const doctor = await localBrain(['doctor', '--engine', 'embedded'], at)
  expect(doctor.stdout).toMatch(
    /^ok {3}embedded llama\.cpp .*no server\nok {3}model {4}scripted.*\nok {3}tools {4}called through a protocol in the prompt\n/,
  )
})

test.skipIf(isBinary)('without a model the command that gets one is named', async () => {
  const { root: cwd } = temporaryFolder()
  const words = 'local-brain setup --engine embedded'
  const models = await localBrain(['models', '--engine', 'embedded'], { cwd })
  expect(models).toMatchObject({ code: 0, stdout: `No model is installed; to get one: ${words}\n` })
  const run = await localBrain(['--engine', 'embedded', 'what is it?'], { cwd })
  expect(run).toMatchObject({ code: 3, stderr: `error: No model is installed\nhint: ${words}\n` })
  const doctor = await localBrain(['doctor', '--engine', 'embedded'], { cwd })
  expect(doctor.stdout).toContain(`FAIL embedded not set up (${words})\n`)
})

describe('the standalone program', () => {
  // Of Node's it only has to lack the name.
  const unnamed = 'data:text/javascript,process.execPath="/usr/bin/local-brain"'
  const [node = '', program = ''] = command
  const through = isBinary ? command : [node, '--import', unnamed, program]
  const says = /The standalone program can't run the embedded engine/
  const hint = 'npm install --global local-brain'

  test("does not choose what it can't run", async () => {
    const { root: cwd } = temporaryFolder()
    // Nobody named an address, and nothing listens at the usual one.
    const at = { cwd, host: '', through, ...home([{ text: 'Hello.' }]) }
    for (const args of [['what is it?'], ['models'], ['setup', '--yes']]) {
      const run = await localBrain(args, at)
      expect(run.code).toBe(3)
      expect(run.stderr).toMatch(/^error: Cannot reach Ollama at .*\nhint: /m)
    }
    const doctor = await localBrain(['doctor'], at)
    expect(doctor.code).toBe(3)
    expect(doctor.stdout).toMatch(/^FAIL ollama {3}Cannot reach Ollama at /)
    const plan = await localBrain(['setup', '--dry-run'], at)
    expect(plan.stdout).toContain(`Embedded  The standalone program can't run the embedded engine: ${hint}\n`)
    expect(plan.stdout).not.toMatch(/node-llama-cpp|SmolLM2/)
  })

  test.each([['what is it?'], ['models'], ['setup', '--dry-run'], ['setup', '--yes', '--model', 'tiny']])(
    'says so to who asks for it: %s %s',
    async (...args) => {
      const { root: cwd } = temporaryFolder()
      const run = await localBrain([...args, '--engine', 'embedded'], { cwd, through, ...home([{ text: 'Hello.' }]) })
      expect(run.code).toBe(3)
      expect(run.stderr).toMatch(says)
      expect(run.stderr).toContain(`\nhint: ${hint}\n`)
    },
  )

  test('doctor says it in one line', async () => {
    const { root: cwd } = temporaryFolder()
    const run = await localBrain(['doctor', '--engine', 'embedded'], { cwd, through, ...home([{ text: 'Hello.' }]) })
    expect(run.code).toBe(3)
    expect(run.stdout.split('\n')[0]).toBe(
      `FAIL embedded The standalone program can't run the embedded engine (${hint})`,
    )
  })
})

test.skipIf(isBinary)('Ctrl-C and the time limit end a model that does not listen', async () => {
  const { root } = repository(project)
  const { env } = home([{ text: 'One ', deaf: true }])
  const at = { cwd: root, env }
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined
  const args = ['--engine', 'embedded', '-v', 'tell me']
  const timer = setTimeout(() => interrupt('SIGINT'), 4000)
  const stopped = await localBrain(args, { ...at, onStart: (kill) => (interrupt = kill) })
  clearTimeout(timer)
  expect(stopped.code).toBe(130)
  const late = await localBrain([...args, '--timeout', '4'], at)
  expect(late.code).toBe(4)
  expect(late.ms).toBeLessThan(20_000)
})
