import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { serve } from '../../scripted-ollama/serve.ts'

async function firstRequest(args: string[]) {
  const server = await serve({ script: [reply.text('Hello.')] })
  const { root } = temporaryFolder({
    'plain.yaml': "name: plain\ndescription: a prompt and nothing else\nuser_prompt_template: '{{ input }}'\n",
    'reading.yaml':
      "name: reading\ndescription: reads\nuser_prompt_template: '{{ input }}'\ntools: [read_file, file_info]\n",
  })
  await localBrain(args, { cwd: root, host: server.url })
  return server.requests[0]
}

test('a plain prompt without tools costs less than 1.5 kB', async () => {
  const request = await firstRequest(['-s', './plain.yaml', 'hello'])
  expect(JSON.stringify(request).length).toBeLessThan(1500)
  expect(request).not.toHaveProperty('tools')
})

test('no tool is sent but those of the skill', async () => {
  const request = await firstRequest(['-s', './reading.yaml', 'hello'])
  expect(request?.tools?.map((tool) => tool.function.name)).toEqual(['read_file', 'file_info'])
})
