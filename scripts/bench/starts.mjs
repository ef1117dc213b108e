import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startAichat } from './aichat.mjs'
import { measureCauses } from './causes.mjs'
import { measureFirstRequests } from './first-request.mjs'
import { median, peakMemory, program, run, versionOf } from './processes.mjs'
import { temporaryFolder } from './sources.mjs'
import { measureTurns } from './turns.mjs'

const binary = resolve('dist-binary/local-brain')

/** Whole processes: each Node and the binary through each job, everything interleaved. Milliseconds and megabytes. */
export async function measureStarts({ nodes, rounds, sources, quick }) {
  const work = createWork()
  const server = await sources.startScriptedOllama({ script: scripted(sources.reply) })
  const runners = [
    ...nodes.map((node) => ({ name: `Node ${versionOf(node)}`, bare: [node, work.empty], argv: [node, program] })),
    ...(existsSync(binary) ? [{ name: 'binary', argv: [binary] }] : []),
  ]
  const rows = runners.flatMap((runner) =>
    jobsFor(runner, work).map(({ job, argv, cwd }) => ({ runner: runner.name, job, argv, cwd, times: [] })),
  )
  const environment = { PATH: process.env.PATH, HOME: work.home, OLLAMA_HOST: server.url }
  const aichat = await startAichat(work)
  rows.push(...(aichat?.rows.map((row) => ({ ...row, times: [] })) ?? []))
  // The first round warms the disk up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const row of rows) {
      const { ms } = await run(row.argv, { cwd: row.cwd, env: row.env ?? environment })
      if (round > 0) row.times.push(ms)
    }
  }
  for (const row of rows) row.mb = await peakMemory(row, row.env ?? environment)
  aichat?.close()
  const turns = await measureTurns(nodes, work, { server, environment })
  const few = { rounds: Math.min(rounds, 5), server, environment, scale: quick ? 100 : 1 }
  const first = await measureFirstRequests(runners, few)
  const causes = await measureCauses(runners, work, { rounds, server, environment })
  await server.close()
  return {
    starts: rows.map(({ runner, job, times, mb }) => ({ runner, job, ms: median(times), mb })),
    turns,
    first,
    causes,
  }
}

function jobsFor({ bare, argv }, { plain, repository }) {
  const dry = ['--dry-run', '-s', 'code-review', '-f', 'sample.js']
  return [
    ...(bare ? [{ job: 'bare', argv: bare, cwd: plain }] : []),
    { job: '--version', argv: [...argv, '--version'], cwd: plain },
    { job: '--help', argv: [...argv, '--help'], cwd: plain },
    { job: 'dry run', argv: [...argv, ...dry], cwd: plain },
    { job: 'dry run in a repository', argv: [...argv, ...dry], cwd: repository },
    { job: "dry run, a skill of one's own", argv: [...argv, ...dry.with(2, './own.yaml')], cwd: plain },
    { job: 'one answer', argv: [...argv, 'answer in one word'], cwd: plain },
    { job: 'chat of 200 chunks', argv: [...argv, '-s', './stream.yaml', 'stream'], cwd: plain },
    { job: 'three turns with tools', argv: [...argv, '-s', 'ask', 'turns'], cwd: repository },
  ]
}

function createWork() {
  const root = temporaryFolder()
  const folder = (name) => {
    const path = join(root, name)
    mkdirSync(path)
    writeFileSync(join(path, 'sample.js'), 'export const half = (n) => n / 2\n')
    return path
  }
  const [plain, repository, home] = ['plain', 'repository', 'home'].map(folder)
  execFileSync('git', ['init', '-q'], { cwd: repository })
  const skill = "name: stream\ndescription: nothing but an answer\nuser_prompt_template: '{{ input }}'\n"
  writeFileSync(join(plain, 'stream.yaml'), skill)
  copyFileSync('skills/code-review/skill.yaml', join(plain, 'own.yaml'))
  const empty = join(root, 'empty.mjs')
  writeFileSync(empty, '')
  return { plain, repository, home, empty }
}

/** Answers by what is asked: a long stream, or two turns with tools and an answer. */
function scripted(reply) {
  return (request) => {
    const results = request.messages.filter((message) => message.role === 'tool').length
    if (request.format !== undefined) return reply.json({ analysis: 'It halves.', findings: [] })
    if (request.messages.at(-1).content.includes('in one word')) return reply.text('OK')
    if (request.tools === undefined && results === 0) return reply.text(...Array.from({ length: 200 }, () => 'word '))
    if (results > 1) return reply.text('Done.')
    return reply.calls({
      name: results === 0 ? 'list_directory' : 'read_file',
      arguments: { path: results === 0 ? '.' : 'sample.js' },
    })
  }
}
