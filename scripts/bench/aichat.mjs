import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { delimiter, join } from 'node:path'
import { temporaryFolder } from './sources.mjs'

/**
 * The same questions asked by aichat, a program in Rust, where it is on the PATH: the rows, what its environment is, and how
 * its server is closed. Undefined where it is not there. `cargo install aichat` builds it.
 */
export async function startAichat({ plain, repository }) {
  const program = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'aichat'))
  const file = program.find((one) => existsSync(one))
  if (file === undefined) return undefined
  const server = createServer((request, response) => void answer(request, response))
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const config = temporaryFolder()
  const functions = join(config, 'functions')
  writeTools(functions)
  writeFileSync(join(config, 'config.yaml'), configuration(server.address().port))
  const env = { PATH: process.env.PATH, HOME: config, AICHAT_CONFIG_DIR: config, AICHAT_FUNCTIONS_DIR: functions }
  const row = (job, cwd, words, more) => ({
    runner: 'aichat',
    job,
    cwd,
    argv: [file, ...words],
    env: { ...env, ...more },
  })
  return {
    rows: [
      row('--version', plain, ['--version']),
      row('one answer', plain, ['answer in one word']),
      row('chat of 200 chunks', plain, ['stream']),
      row('three turns with tools', repository, ['turns'], { AICHAT_USE_TOOLS: 'all' }),
    ],
    close: () => server.close(),
  }
}

function configuration(port) {
  return `model: bench:any
stream: true
save: false
function_calling: true
clients:
  - type: openai-compatible
    name: bench
    api_base: http://127.0.0.1:${port}/v1
    api_key: none
    models:
      - name: any
        supports_function_calling: true
`
}

/** Its tools are programs of their own. */
function writeTools(folder) {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] }
  const tools = { list_directory: 'ls', read_file: 'cat sample.js' }
  for (const [name, command] of Object.entries(tools)) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${command} >> "$LLM_OUTPUT"\n`)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  const declared = Object.keys(tools).map((name) => ({ name, description: name, parameters }))
  writeFileSync(join(folder, 'functions.json'), JSON.stringify(declared))
}

/** Says what the scripted server says, as an OpenAI-compatible server does. */
async function answer(request, response) {
  const parts = []
  for await (const part of request) parts.push(part)
  const { messages } = JSON.parse(Buffer.concat(parts))
  response.setHeader('content-type', 'text/event-stream')
  for (const delta of deltas(messages)) response.write(event({ delta, finish_reason: null }))
  response.write(event({ delta: {}, finish_reason: 'stop' }))
  response.end('data: [DONE]\n\n')
}

const event = (choice) =>
  `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] })}\n\n`

function deltas(messages) {
  const results = messages.filter(({ role }) => role === 'tool').length
  const said = messages.find(({ role }) => role === 'user').content
  if (said.includes('in one word')) return [{ role: 'assistant', content: 'OK' }]
  if (said.includes('stream')) return Array.from({ length: 200 }, () => ({ content: 'word ' }))
  if (results > 1) return [{ content: 'Done.' }]
  const [name, path] = results === 0 ? ['list_directory', '.'] : ['read_file', 'sample.js']
  const call = {
    index: 0,
    id: `call_${results}`,
    type: 'function',
    function: { name, arguments: JSON.stringify({ path }) },
  }
  return [{ role: 'assistant', content: null, tool_calls: [call] }]
}
