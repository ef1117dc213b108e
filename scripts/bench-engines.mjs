// Time and memory of one review of one file, by whatever engine answers:
//   npm run bench:engines -- --at embedded --at http://127.0.0.1:11434 --at http://127.0.0.1:8080/v1 [--model <name>] [--file <file>]
// Memory is that of the program and that of the engine's processes (Linux: those that listen at the address, and their
// children), each at its highest. Everything is asked twice: the first time the weights may have to be read.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  options: {
    at: { type: 'string', multiple: true, default: ['embedded'] },
    model: { type: 'string' },
    file: { type: 'string', default: 'src/core/repeats.ts' },
  },
})
const program = join(import.meta.dirname, '..', 'dist', 'bin', 'local-brain.js')

const read = (file) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The parents of all processes, by their number. */
const parents = () =>
  new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [Number(pid), Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)]),
  )

function treeOf(roots) {
  const all = parents()
  const tree = new Set(roots)
  for (let size = -1; size !== tree.size; ) {
    size = tree.size
    for (const [pid, parent] of all) if (tree.has(parent)) tree.add(pid)
  }
  return [...tree]
}

/** Bytes that these processes hold at the moment. */
const held = (pids) =>
  pids.reduce((sum, pid) => sum + 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0), 0)

/** The processes that listen at a port of this machine. */
function listeners(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = `${read('/proc/net/tcp')}\n${read('/proc/net/tcp6')}`
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  const sockets = lines.filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === '0A')
  const inodes = new Set(sockets.map((fields) => `socket:[${fields[9]}]`))
  const links = (pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`))
    } catch {
      return []
    }
  }
  return [...parents().keys()].filter((pid) => links(pid).some((link) => inodes.has(link)))
}

/** One review: what the report says of it, and the peaks of memory in bytes. */
async function review(at) {
  const home = mkdtempSync(join(tmpdir(), 'bench-engines-'))
  const where = at === 'embedded' ? ['--engine', 'embedded'] : ['--host', at]
  const model = options.model === undefined ? [] : ['--model', options.model]
  const args = ['-s', 'code-review', '-f', options.file, '--format', 'json', ...where, ...model]
  const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state')
  const env = { ...process.env, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: state }
  const same = ['--no-cache', '--option', 'temperature=0', '--option', 'seed=1']
  const child = spawn(process.execPath, [program, ...args, ...same], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const servers = at === 'embedded' ? [] : listeners(Number(new URL(at).port || 80))
  const peak = { own: 0, engine: 0 }
  const timer = setInterval(() => {
    const engine = servers.length > 0 ? treeOf(servers) : treeOf([child.pid]).filter((pid) => pid !== child.pid)
    peak.own = Math.max(peak.own, held([child.pid]))
    peak.engine = Math.max(peak.engine, held(engine))
  }, 100)
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(timer)
  rmSync(home, { recursive: true })
  return { code, report: JSON.parse(out), peak }
}

const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`
const pace = (tokens, ms) => (ms > 0 ? `${((1000 * tokens) / ms).toFixed(0)}/s` : '?')
console.log('| engine | review | exit | time | load | tokens read | written | memory of the engine | of local-brain |')
console.log('|---|---|---|---|---|---|---|---|---|')
for (const at of options.at) {
  for (const which of ['first', 'second']) {
    const { code, report, peak } = await review(at)
    const { totalMs, loadMs, promptTokens, promptMs, outputTokens, outputMs } = report.usage
    const [total, load] = [totalMs, loadMs].map((ms) => `${(ms / 1000).toFixed(1)} s`)
    const row = [at, which, code, total, load, `${promptTokens} (${pace(promptTokens, promptMs)})`]
    const more = [`${outputTokens} (${pace(outputTokens, outputMs)})`, megabytes(peak.engine), megabytes(peak.own)]
    console.log(`| ${[...row, ...more].join(' | ')} |`)
  }
}
