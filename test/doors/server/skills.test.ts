import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { eventsOf, served } from './served.ts'

const path = '/v1/chat/completions'
const user = (content: string) => [{ role: 'user', content }]

test('a skill answers as a model, with a report, and shows what it did as reasoning', async () => {
  const { root } = repository({ 'a.txt': 'forty-two\n' })
  const script = [reply.calls({ name: 'read_file', arguments: { path: 'a.txt' } }), reply.text('It says forty-two.')]
  const server = await served({ root, script })
  const { json } = await server.post(path, { model: 'local-brain/ask', messages: user('What is in a.txt?') })
  expect(json).toMatchObject({
    model: 'local-brain/ask',
    choices: [
      {
        message: {
          content: expect.stringContaining('It says forty-two.'),
          reasoning: expect.stringContaining('→ read_file a.txt'),
        },
        finish_reason: 'stop',
      },
    ],
  })
  expect(server.ollama.requests[0]?.messages.at(-1)?.content).toContain('What is in a.txt?')
})

test('a review is given its work beside the messages', async () => {
  const { root } = repository({ 'a.js': 'export const last = (list) => list[list.length]\n' })
  const review = { analysis: 'Nothing.', findings: [] }
  const server = await served({ root, script: () => reply.json(review) })
  const body = { model: 'local-brain/code-review', messages: user('Look at this.'), stream: true }
  const nothing = await server.post(path, body)
  expect(nothing).toMatchObject({
    status: 400,
    json: { error: { message: expect.stringMatching(/nothing to look at \("metadata": .*"git_diff": true/) } },
  })
  for (const work of [{ files: ['a.js'] }, '{"files":["a.js"]}']) {
    const { status, text } = await server.post(path, { ...body, metadata: { local_brain: work } })
    expect(status).toBe(200)
    expect(eventsOf(text).at(-1)).toBe('[DONE]')
    expect(text).toContain('## Issues Found')
  }
})

const reader = 'name: reader\ndescription: Reads.\nuser_prompt_template: "{{ input }}"\n'

test('skills that only read are listed; those that write, of a repository or not there can not be asked', async () => {
  const { root } = repository({ '.local-brain/skills/sly/skill.yaml': reader.replace('reader', 'sly') })
  const config = temporaryFolder({ 'skills/reader/skill.yaml': reader }).root
  const folder = () => temporaryFolder().root
  const server = await served({
    root,
    script: () => reply.text('x'),
    paths: { config, cache: folder(), state: folder() },
  })
  const { json } = await server.get('/v1/models')
  const ids = (json as { data: { id: string; owned_by: string }[] }).data
    .filter(({ owned_by: owner }) => owner === 'local-brain')
    .map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(['local-brain/code-review', 'local-brain/reader']))
  for (const name of ['fix', 'work', 'sly', '../x', 'no-such', '', '/etc/passwd']) {
    expect(ids).not.toContain(`local-brain/${name}`)
    const refused = await server.post(path, { model: `local-brain/${name}`, messages: user('Go.') })
    expect(refused).toMatchObject({ status: 404, json: { error: { code: 'model_not_found' } } })
  }
  expect(server.ollama.requests).toEqual([])
  const bare = await served({ root, skills: false })
  expect((await bare.get('/v1/models')).text).not.toContain('local-brain/')
  expect(await bare.post(path, { model: 'local-brain/ask', messages: user('Go.') })).toMatchObject({ status: 404 })
})
