import { join } from 'node:path'
import { expect, test } from 'vitest'
import { setUp } from '../../scripted-binding/set-up.ts'
import { rawFinding } from '../../tasks/findings/unit.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
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
