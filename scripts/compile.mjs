// Runs the program of dist/ a few times in this process and keeps the code that V8 made of its files beside them, for
// starts on the same V8 (src/doors/cli/compiled.ts). Started by scripts/build.mjs.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import v8 from 'node:v8'

// What runs once, as the body of a file does, would be dropped before it is kept.
const { setFlagsFromString } = v8
setFlagsFromString('--no-flush-bytecode')
// The code fits only where the flags are the same, so the program sets none of its own (src/v8.ts).
v8.setFlagsFromString = () => {}

const chunks = join(process.cwd(), 'dist/chunks')
const { load, scripts } = createRequire(import.meta.url)(join(chunks, 'compiled.js'))
const start = readdirSync(chunks).find((name) => /^start-.*\.js$/.test(name))
const folder = mkdtempSync(join(tmpdir(), 'local-brain-compile-'))
const server = createServer((request, response) => void answer(request, response))
await new Promise((done) => server.listen(0, '127.0.0.1', done))

process.chdir(folder)
writeFileSync('sample.js', 'export const half = (n) => n / 2\n')
// Nothing of who builds decides what is run, and nothing is left behind.
for (const name of Object.keys(process.env)) if (!/^(PATH|SYSTEMROOT)$/i.test(name)) delete process.env[name]
Object.assign(process.env, { HOME: folder, OLLAMA_HOST: `http://127.0.0.1:${server.address().port}` })
process.stdout.write = process.stderr.write = (_, ...rest) => {
  rest.find((one) => typeof one === 'function')?.()
  return true
}

const { main } = Object.values(load(`./${start}`)).find((one) => typeof one?.main === 'function')
const runs = [
  ['answer in one word'],
  ['call a tool'],
  ['answer in one word'],
  ['-s', 'code-review', '-f', 'sample.js'],
  ['--dry-run', '-s', 'code-review', '-f', 'sample.js'],
]
for (const argv of runs) await run(argv)
if (makeRepository()) await run(['--git-diff'])
setFlagsFromString('--flush-bytecode')
for (const [name, script] of scripts) {
  writeFileSync(join(chunks, name.replace(/\.js$/, '.code')), script.createCachedData())
}
process.chdir(chunks)
rmSync(folder, { recursive: true, force: true })
server.close()
server.closeAllConnections()

async function run(argv) {
  await main(argv, '0.0.0')
  if (process.exitCode) throw new Error(`${argv.join(' ')} ended with ${process.exitCode}`)
}

/** With a change that is not committed. False where there is no git: a look at a diff starts more slowly then. */
function makeRepository() {
  const git = (...args) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args]).status === 0
  const isMade = git('init', '-q') && git('add', 'sample.js') && git('commit', '-qm', 'start')
  writeFileSync('sample.js', 'export const half = (n) => n / 3\n')
  return isMade
}

/** As much of a server as these runs ask for. */
async function answer(request, response) {
  const parts = []
  for await (const part of request) parts.push(part)
  const model = { name: 'any:1b', digest: 'ab'.repeat(32), size: 1, context_length: 32_768 }
  const replies = {
    '/api/version': { version: '0.33.0' },
    '/api/tags': { models: [model] },
    '/api/ps': { models: [model] },
    '/api/show': { capabilities: ['completion', 'tools'] },
    '/api/chat': request.url === '/api/chat' ? chat(JSON.parse(Buffer.concat(parts))) : undefined,
  }
  response.setHeader('content-type', request.url === '/api/chat' ? 'application/x-ndjson' : 'application/json')
  response.end(`${JSON.stringify(replies[request.url])}\n`)
}

function chat({ messages, format }) {
  const says = (content, calls) => {
    const counts = {
      prompt_eval_count: 100,
      eval_count: 10,
      load_duration: 1,
      prompt_eval_duration: 1,
      eval_duration: 1,
    }
    return { message: { role: 'assistant', content, tool_calls: calls }, done: true, done_reason: 'stop', ...counts }
  }
  if (format !== undefined) return says('{"analysis":"It halves.","findings":[]}')
  const results = messages.filter(({ role }) => role === 'tool').length
  if (results > 1 || !messages.at(-1 - results).content.includes('call a tool')) return says('OK')
  const call = results === 0 ? ['list_directory', '.'] : ['read_file', 'sample.js']
  return says('', [{ id: `c${results}`, function: { name: call[0], arguments: { path: call[1] } } }])
}
