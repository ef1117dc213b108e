import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { peakMemory, program, run } from './processes.mjs'
import { temporaryFolder } from './sources.mjs'

/** What the server takes for each reply, whatever is asked at the same time. */
const replyMs = 100

/** One prose answer about each of so many files, with so many at a time. Milliseconds, and megabytes of ours. */
export async function measureParallel({ quick }) {
  const units = quick ? 20 : 200
  const root = temporaryFolder()
  mkdirSync(join(root, 'src'))
  for (let unit = 0; unit < units; unit += 1)
    writeFileSync(join(root, 'src', `unit${unit}.js`), `export const half${unit} = (n) => n / 2\n`)
  const skill = "name: word\ndescription: one word\nuser_prompt_template: '{{ content }}'\n"
  writeFileSync(join(root, 'word.yaml'), skill)
  const server = await startServer()
  const env = { PATH: process.env.PATH, HOME: root, OLLAMA_HOST: `${server.url}/v1` }
  const measured = []
  for (const parallel of [1, 4, 16]) {
    const flags = [
      '-s',
      './word.yaml',
      '-d',
      'src',
      '--parallel',
      String(parallel),
      '--timeout',
      '600',
      '--format',
      'json',
    ]
    const argv = [process.execPath, program, ...flags, '--no-cache']
    server.asked = 0
    const { ms, stdout } = await run(argv, { cwd: root, env })
    const { reviewed } = JSON.parse(stdout)
    if (reviewed.length !== units || server.asked < units) throw new Error(`${reviewed.length} of ${units} units`)
    const mb = await peakMemory({ argv, cwd: root }, env)
    measured.push({ units, parallel, replyMs, ms, mb })
  }
  server.close()
  return measured
}

/** Lists a model, and gives each chat the same word after the same time. */
async function startServer() {
  const state = { asked: 0 }
  const http = createServer((request, response) => {
    request.resume()
    if (request.method === 'GET') {
      const models = { object: 'list', data: [{ id: 'fixed', owned_by: 'bench', max_model_len: 8192 }] }
      const isModels = request.url === '/v1/models'
      response.writeHead(isModels ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isModels ? models : { error: { message: 'not found' } }))
      return
    }
    state.asked += 1
    setTimeout(() => {
      const choice = (delta, reason) => JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`data: ${choice({ content: 'Fine.' }, null)}\n\ndata: ${choice({}, 'stop')}\n\ndata: [DONE]\n\n`)
    }, replyMs)
  })
  await new Promise((done) => http.listen(0, '127.0.0.1', done))
  return Object.assign(state, { url: `http://127.0.0.1:${http.address().port}`, close: () => http.close() })
}
