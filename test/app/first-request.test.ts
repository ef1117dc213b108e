import { expect, test } from 'vitest'
import { findings } from '../../src/tasks/findings/task.ts'
import type { Task } from '../../src/tasks/task.ts'
import { run } from '../../src/app/run.ts'
import { storePaths } from '../../src/store/paths.ts'
import { scriptedEngine } from '../scripted-engine.ts'
import { createFolder, environment } from '../workspace.ts'

test('the model is asked before the checks have looked at the input, and what they find is reported', async () => {
  const order: string[] = []
  const usual = findings({})
  const task: Task = {
    ...usual,
    async check(...input) {
      const checked = await usual.check(...input)
      const isCertain = () => {
        order.push('checked')
        return checked.isCertain()
      }
      return { ...checked, isCertain }
    },
  }
  const engine = scriptedEngine(() => {
    order.push('asked')
    const content = JSON.stringify({ analysis: 'Nothing.', findings: [] })
    return { message: { role: 'assistant', content, toolCalls: [] } }
  })
  const cwd = createFolder({ 'a.js': '<<<<<<< HEAD\nexport const a = 1\n=======\nexport const a = 2\n>>>>>>> b\n' })
  const report = await run(
    {
      task,
      skill: 'code-review',
      work: { files: ['a.js'], prompt: '' },
      cwd,
      environment,
      paths: storePaths({}, createFolder()),
    },
    { engine, signal: new AbortController().signal, emit: () => undefined },
  )
  expect(order).toEqual(['asked', 'checked'])
  expect(report.findings).toContainEqual(expect.objectContaining({ rule: 'bug/conflict-marker' }))
})
