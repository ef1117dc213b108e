// Which of the installed models is good enough: each reviews the changes of bench/corpus, answers questions that need tools
// and carries out the tasks of bench/tasks, through the built library, as a run would.
//   npm run bench:models -- [--model <name>]… [--limit <n>] [--json] [--html <file>] [--host <url>]
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { run, work } from '../dist/lib/index.mjs'
import { evaluate } from './bundle.mjs'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    limit: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
    html: { type: 'string', default: join(dirname(import.meta.dirname), 'bench', 'models.html') },
    host: { type: 'string', default: process.env.OLLAMA_HOST },
  },
})
const limit = Number(options.limit)
const home = dirname(import.meta.dirname)
const corpus = join(home, 'bench', 'corpus')

/** Answered only by looking: what stands in the files of the corpus. */
const questions = [
  ['Which port is DEFAULT_PORT in src/port.rs?', /8080/],
  ['Which file defines the function pagesOf? Give its path.', /src\/pages\.ts/],
  ['How many percent is PERCENT in src/main/java/shop/Discount.java?', /\b10\b/],
  ['Which files are in the folder internal/text?', /lines\.go[^]*read\.go[^]*reverse\.go/],
  ['What does the function message in src/status.rs return for a payment that is paid?', /Thank you for your payment/],
].slice(0, limit)

/** One change: the file before and after it, and the line of its bug, if it has one. */
function parseChange(name, text) {
  const [head, body] = text.split(/^---\n/m)
  const lines = body.trimEnd().split('\n')
  const textOf = (marks) =>
    lines.flatMap((line) => (marks.includes(line[0] ?? ' ') ? `${line.slice(1)}\n` : [])).join('')
  const after = lines.filter((line) => line[0] !== '-')
  return {
    name,
    path: /^file: (.+)$/m.exec(head)[1],
    before: textOf(' -'),
    after: textOf(' +!'),
    bugLine: after.findIndex((line) => line[0] === '!') + 1,
  }
}

/** The changes of a folder, one of each language before a second of any. */
function changesIn(folder) {
  const names = readdirSync(join(corpus, folder)).sort()
  const place = (name) => names.filter((other) => other.split('-')[0] === name.split('-')[0]).indexOf(name)
  return names
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .map((name) => parseChange(name, readFileSync(join(corpus, folder, name), 'utf8')))
}

const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }

/** A repository in which the change is staged. */
function stage(root, changes) {
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], {
      cwd: root,
      env: environment,
    })
  const write = (side) => {
    for (const change of changes) {
      if (change[side] === '') continue
      mkdirSync(dirname(join(root, change.path)), { recursive: true })
      writeFileSync(join(root, change.path), change[side])
    }
    git('add', '-A')
  }
  git('init', '-q')
  write('before')
  git('commit', '-q', '--allow-empty', '-m', 'before')
  write('after')
}

async function inRepository(changes, request) {
  const root = mkdtempSync(join(tmpdir(), 'local-brain-bench-'))
  try {
    stage(root, changes)
    return await run({ ...request, cwd: root, root, environment })
  } catch (error) {
    // A model may fail in any way; a server that is gone ends the measurement.
    if (error.code === 'unreachable') throw error
    return { failed: error.message, findings: [], reviewed: [], toolCalls: [], answer: '', model: null }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const tasksFolder = join(home, 'bench', 'tasks')
const tasks = readdirSync(tasksFolder).sort().slice(0, limit)

/** Whether the checks of a task hold in the end; undefined where commands can't be run. */
async function isDone(task, model) {
  const folder = mkdtempSync(join(tmpdir(), 'local-brain-bench-'))
  const root = join(folder, 'project')
  const paths = Object.fromEntries(['config', 'cache', 'state'].map((name) => [name, join(folder, name)]))
  try {
    cpSync(join(tasksFolder, task), root, { recursive: true })
    const request = {
      spec: 'task.md',
      cwd: root,
      root,
      environment,
      paths,
      model,
      allow: 'run',
      limits: { timeout: 900 },
    }
    return (await work(request)).exitCode === 0
  } catch (error) {
    if (error.code === 'unreachable') throw error
    return error.code === 'sandbox-failed' ? undefined : false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(name, { bugs, clean }) {
  const started = Date.now()
  const model = { name, host: options.host }
  const row = { model: name, toolCalling: 'none', tools: 0, toolsOf: questions.length, found: 0, foundOf: bugs.length }
  Object.assign(row, { parsed: 0, parsedOf: bugs.length + clean.length, alarms: 0, alarmsOf: clean.length })
  Object.assign(row, { tasks: 0, tasksOf: tasks.length })
  const used = { promptTokens: 0, promptMs: 0, outputTokens: 0, outputMs: 0 }
  const count = ({ usage }) => {
    for (const key of Object.keys(used)) used[key] += usage?.[key] ?? 0
  }
  const say = (what) => process.stderr.isTTY && process.stderr.write(`\r\u001b[2K${name}: ${what}`)
  for (const [prompt, expected] of questions) {
    say(prompt)
    const report = await inRepository([...all.bugs, ...all.clean], { skill: 'ask', work: { prompt }, model })
    count(report)
    row.toolCalling = report.model?.toolCalling ?? row.toolCalling
    if (report.toolCalls.some((call) => call.ok) && expected.test(report.answer)) row.tools += 1
  }
  for (const change of [...bugs, ...clean]) {
    say(change.name)
    const report = await inRepository([change], { skill: 'code-review', work: { diff: {} }, model })
    count(report)
    if (report.reviewed.length > 0) row.parsed += 1
    const isFound = report.findings.some(
      (finding) => finding.startLine <= change.bugLine && change.bugLine <= finding.endLine,
    )
    if (change.bugLine === 0) row.alarms += report.findings.length
    else if (isFound) row.found += 1
  }
  for (const task of tasks) {
    say(task)
    const done = await isDone(task, model)
    if (done === undefined) row.tasks = null
    else if (done && row.tasks !== null) row.tasks += 1
  }
  say('')
  const writes = perSecond(used.outputTokens, used.outputMs)
  const reads = perSecond(used.promptTokens, used.promptMs)
  return { ...row, writes, reads, seconds: Math.round((Date.now() - started) / 1000) }
}

/** Tokens; null where the server does not say how long it took. */
function perSecond(tokens, ms) {
  return ms > 0 ? Math.round((tokens * 1000) / ms) : null
}

function tableOf(rows) {
  const head = ['MODEL', 'TOOL CALLS', 'HOW', 'VALID REPLIES', 'BUGS FOUND', 'FALSE ALARMS', 'TASKS DONE', 'TIME']
  const cells = rows.map((row) => [
    row.model,
    `${row.tools} of ${row.toolsOf}`,
    row.toolCalling,
    `${row.parsed} of ${row.parsedOf}`,
    `${row.found} of ${row.foundOf}`,
    `${row.alarms} in ${row.alarmsOf}`,
    row.tasks === null ? 'no sandbox' : `${row.tasks} of ${row.tasksOf}`,
    `${row.seconds} s`,
  ])
  const widths = head.map((_, at) => Math.max(...[head, ...cells].map((line) => line[at].length)))
  return [head, ...cells]
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const all = { bugs: changesIn('bugs'), clean: changesIn('clean') }
const chosen = { bugs: all.bugs.slice(0, limit), clean: all.clean.slice(0, limit) }
const rows = []
const { installed } = await evaluate('scripts/bench/installed.ts')
for (const name of options.model ?? (await installed(options.host))) rows.push(await measure(name, chosen))
// What finds most with the least noise first.
rows.sort((a, b) => b.found - b.alarms - (a.found - a.alarms) || b.tasks - a.tasks || b.tools - a.tools)
const { modelsPage } = await evaluate('scripts/bench/models-page.ts')
writeFileSync(options.html, modelsPage(rows, new Date().toISOString().slice(0, 10)))
console.error(`Wrote ${options.html}`)
console.log(options.json ? JSON.stringify(rows, null, 2) : tableOf(rows))
