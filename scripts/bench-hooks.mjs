// Times the pre-commit hook through the built program and prints the table of docs/hooks.md: medians of one run.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluate } from './bundle.mjs'

const runs = Number(process.argv[2] ?? 9)
const folder = mkdtempSync(join(tmpdir(), 'local-brain-bench-'))
const program = join(import.meta.dirname, '..', 'dist', 'bin', 'local-brain.js')

// The scripted server is TypeScript; Node 20 does not read that.
const { startScriptedOllama, reply } = await evaluate('test/scripted-ollama/scripted-ollama.ts')
const ollama = await startScriptedOllama({
  models: [{ name: 'scripted', loaded: 8192 }],
  script: () => reply.json({ analysis: 'Nothing.', findings: [] }),
})

const repository = join(folder, 'repository')
const git = (...args) => execFileSync('git', ['-C', repository, ...args], { env: gitEnvironment, stdio: 'ignore' })
const gitEnvironment = {
  PATH: process.env.PATH,
  HOME: folder,
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}
execFileSync('git', ['init', '-q', repository])
git('commit', '-q', '--allow-empty', '-m', 'start')
for (const name of ['a', 'b', 'c']) {
  writeFileSync(join(repository, `${name}.ts`), `export function ${name}(n: number) {\n  return n * 2\n}\n`)
}
git('add', '-A')

async function once(host, args = [program, 'hook', 'run', 'pre-commit']) {
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: repository,
    // As git calls a hook.
    env: { ...gitEnvironment, OLLAMA_HOST: host, GIT_INDEX_FILE: '.git/index' },
    stdio: 'ignore',
  })
  await new Promise((resolve) => child.on('close', resolve))
  return performance.now() - started
}

async function median(host, args) {
  const times = []
  for (let count = 0; count < runs; count += 1) times.push(await once(host, args))
  return Math.round(times.sort((a, b) => a - b)[Math.floor(runs / 2)])
}

const nobody = 'http://127.0.0.1:9'
await once(ollama.url)
const asked = ollama.requests.length
const cached = await median(ollama.url)
if (ollama.requests.length !== asked) throw new Error('the cached runs asked the model')
const down = await median(nobody)
git('commit', '-q', '-m', 'all')
const rows = [
  ['three staged files, every part already reviewed (no model call)', cached],
  ['three staged files, Ollama not running', down],
  ['nothing staged', await median(ollama.url)],
  ['for comparison: Node doing nothing', await median(nobody, ['-e', '0'])],
]
console.log('| `hook run pre-commit` | median |\n|---|---|')
for (const [name, ms] of rows) console.log(`| ${name} | ${ms} ms |`)
console.log(
  `\nMedians of ${runs} runs, Node ${process.versions.node}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}.`,
)
await ollama.close()
rmSync(folder, { recursive: true, force: true })
