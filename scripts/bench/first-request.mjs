import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { changedRepository, repository, source } from './growth.mjs'
import { median } from './processes.mjs'
import { temporaryFolder } from './sources.mjs'

/** Milliseconds from the start of the process until a model is asked, by what there is to look at. */
export async function measureFirstRequests(runners, { rounds, server, environment, scale }) {
  const inputs = [
    { name: 'a question', cwd: temporaryFolder(), args: ['hello'] },
    { name: 'a diff of 1 MB', cwd: changedRepository(1_000_000 / scale), args: ['--git-diff'] },
    { name: '10,000 files', cwd: manyFiles(10_000 / scale), args: ['-s', 'code-review', '-d', '.'] },
  ]
  const front = await startFront(server.url)
  const env = { ...environment, OLLAMA_HOST: front.url, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const rows = inputs.flatMap((input) => runners.map(({ name, argv }) => ({ ...input, runner: name, argv, times: [] })))
  for (let round = 0; round <= rounds; round += 1) {
    for (const row of rows) {
      const ms = await front.firstRequest([...row.argv, ...row.args, '--no-cache'], { cwd: row.cwd, env })
      if (round > 0) row.times.push(ms)
    }
  }
  front.close()
  return rows.map(({ runner, name, times }) => ({ runner, input: name, ms: median(times) }))
}

function manyFiles(count) {
  const root = repository()
  for (let at = 0; at < count; at += 1) {
    const folder = join(root, `d${Math.floor(at / 100)}`)
    if (at % 100 === 0) mkdirSync(folder)
    writeFileSync(join(folder, `f${at}.js`), source(600))
  }
  return root
}

/** Passes every question on to the server until a prompt comes, with which the measured process is ended. */
async function startFront(target) {
  let asked = () => {}
  const pass = async (request, response) => {
    if (request.url === '/api/chat') {
      asked()
      response.destroy()
      return
    }
    const parts = []
    for await (const part of request) parts.push(part)
    const body = parts.length > 0 ? Buffer.concat(parts) : undefined
    const reply = await fetch(`${target}${request.url}`, { method: request.method, body })
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') })
    response.end(Buffer.from(await reply.arrayBuffer()))
  }
  const front = createServer((request, response) => void pass(request, response))
  await new Promise((done) => front.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${front.address().port}`,
    close: () => front.close(),
    firstRequest: ([file, ...args], options) =>
      new Promise((done, reject) => {
        const started = performance.now()
        let ms
        const child = spawn(file, args, { ...options, stdio: 'ignore' })
        asked = () => {
          ms ??= performance.now() - started
          child.kill('SIGKILL')
        }
        child.on('error', reject)
        child.on('exit', (code) => (ms === undefined ? reject(new Error(`${file} ended with ${code}`)) : done(ms)))
      }),
  }
}
