import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { defineLast } from '../../../src/doors/cli/commands/last.ts'
import { defineFlags, runFlags } from '../../../src/doors/cli/flags.ts'
import { type Report, reportSchema } from '../../../src/report/report.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { git, gitEnvironment } from '../../workspace.ts'
import { command } from './local-brain.ts'
import { ollama } from './ollama.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'ci.md'), 'utf8')
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text)

type Job = { steps?: { name?: string; run?: string; uses?: string }[]; script?: string[]; 'runs-on'?: unknown }
type Workflow = { jobs?: Record<string, Job>; on?: unknown; permissions?: unknown; review?: Job }

const workflows = blocks('yaml').map((text) => parse(text) as Workflow)
const files = workflows.filter(({ jobs, review }) => jobs ?? review)
const jobs = files.flatMap(({ jobs: all, review }) => (all ? Object.values(all) : review ? [review] : []))
const scripts = [
  ...jobs.map((job) => job.script?.join('\n') ?? (job.steps ?? []).flatMap(({ run }) => run ?? []).join('\n')),
  ...blocks('sh'),
]

describe('the files of docs/ci.md', () => {
  test('are whole: each says when it runs, where, and what it may do', () => {
    expect(files).toHaveLength(4)
    for (const { jobs: all, on, permissions, review } of files) {
      expect(all ? [on, permissions !== undefined] : [review !== undefined]).toEqual(
        all ? ['pull_request', true] : [true],
      )
    }
    expect(jobs.filter((job) => job.steps).every((job) => job['runs-on'] !== undefined)).toBe(true)
    expect(blocks('sh')).toHaveLength(1)
  })

  test.each(scripts)('are scripts that a shell reads: %#', (script) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('name only flags and formats that exist', () => {
    const run = defineFlags(new Command(), Object.values(runFlags))
    const last = new Command()
    defineLast(last)
    const calls = scripts.flatMap((script) => [...script.matchAll(/"\$brain"((?: +[^|>\n\\]+|\\\n)*)/g)])
    expect(calls.length).toBeGreaterThan(10)
    for (const [, words = ''] of calls) {
      const options = (/^ *last\b/.test(words) ? last : run).options
      const known = options.flatMap(({ short, long }) => [short, long])
      for (const [flag] of words.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)) expect(known).toContain(flag)
      const [, format] = /--format (\S+)/.exec(words) ?? []
      if (format !== undefined) expect(Object.values(runFlags.format.choices ?? [])).toContain(format)
    }
  })
})

const finding = {
  quote: 'export const rate = 2',
  defect: 'wrong-result',
  title: 'The rate doubled',
  message: 'Every price is twice as high.',
  trigger: 'any price',
  severity: 'high',
  suggestion: '',
}

/** A clone with a change that is not on origin/main, a server that finds something, and an npm that installs this build. */
async function pullRequest() {
  const { root } = repository({ 'rate.ts': 'export const rate = 1\n', '.local-brain/review.md': 'Mind the rate.\n' })
  git(root, 'branch', '-M', 'main')
  git(root, 'update-ref', 'refs/remotes/origin/main', 'HEAD')
  git(root, 'checkout', '-q', '-b', 'topic')
  git(root, 'commit', '-q', '--allow-empty', '-m', 'start')
  const { root: tools, write } = temporaryFolder()
  write('rate.ts', 'export const rate = 2\n')
  spawnSync('cp', [join(tools, 'rate.ts'), root])
  git(root, 'commit', '-q', '-a', '-m', 'double the rate')
  const program = command.map((word) => `'${word}'`).join(' ')
  write(
    'bin/npm',
    `#!/bin/sh\nmkdir -p "$3/node_modules/.bin"\nprintf '#!/bin/sh\\nexec ${program.replaceAll("'", "'\\''")} "$@"\\n' > "$3/node_modules/.bin/local-brain"\nchmod +x "$3/node_modules/.bin/local-brain"\n`,
  )
  chmodSync(join(tools, 'bin/npm'), 0o755)
  const server = await ollama(({ messages, format }) =>
    messages.some(({ content }) => content.includes('verdict'))
      ? format === undefined
        ? reply.text('It happens.')
        : reply.json({ evidence: finding.quote, verdict: 'real' })
      : format === undefined
        ? reply.text('It happens.')
        : reply.json({ analysis: 'A rate.', findings: [finding] }),
  )
  const env = {
    ...gitEnvironment,
    PATH: `${join(tools, 'bin')}:${gitEnvironment.PATH}`,
    HOME: temporaryFolder().root,
    OLLAMA_HOST: server.url,
    RUNNER_TEMP: tools,
    GITHUB_STEP_SUMMARY: join(tools, 'summary.md'),
    GITHUB_BASE_REF: 'main',
    CI: 'true',
  }
  return { root, tools, server, env }
}

function shell(script: string, { root, env }: { root: string; env: Record<string, string | undefined> }) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn('bash', ['-e', '-c', script], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

test('the first workflow annotates the line, writes a summary, and fails for what is high', async () => {
  const { root, tools, server, env } = await pullRequest()
  const [install = '', review = ''] = jobs[0]?.steps?.flatMap(({ run }) => run ?? []) ?? []
  const run = await shell(`${install}\n${review}`, { root, env })
  expect(run.stdout).toContain('::error file=rate.ts,line=1,endLine=1,title=The rate doubled (bug/wrong-result)::')
  expect(run.code).toBe(1)
  const summary = readFileSync(join(tools, 'summary.md'), 'utf8')
  expect(summary).toMatch(/## Issues Found\n\n- \*\*high\*\* rate\.ts:1 The rate doubled/)
  expect(summary).toContain('Rules of the project: .local-brain/review.md as of origin/main')
  expect(server.requests[0]?.messages.at(-1)?.content).toContain('Mind the rate.')
})

test('the script for a shell prints the findings, leaves a page, and ends with 1', async () => {
  const { root, env } = await pullRequest()
  const run = await shell(blocks('sh')[0] ?? '', { root, env: { ...env, LOCAL_BRAIN_FOLDER: env.RUNNER_TEMP } })
  expect(run.stdout).toContain('rate.ts:1')
  expect(run.code).toBe(1)
  expect(readFileSync(join(root, 'review.html'), 'utf8')).toContain('The rate doubled')
})

test('what reviewdog is given are diagnostics of the report', async () => {
  const { root, tools, env } = await pullRequest()
  const [install = '', review = ''] = jobs[1]?.steps?.flatMap(({ run }) => run ?? []) ?? []
  const comment = jobs[2]?.steps?.flatMap(({ run }) => run ?? []).at(-1) ?? ''
  const run = await shell(`${install}\n${review}\nreviewdog() { echo "$@"; cat; }\n${comment}`, { root, env })
  expect(run.code).toBe(0)
  const report: Report = reportSchema.parse(JSON.parse(readFileSync(join(tools, 'report.json'), 'utf8')))
  expect(report.findings).toHaveLength(1)
  const [flags = '', ...json] = run.stdout.split('\n')
  expect(flags).toBe('-f=rdjson -name=local-brain -reporter=github-pr-review -filter-mode=added')
  expect(JSON.parse(json.join('\n'))).toMatchObject({ diagnostics: [{ location: { path: 'rate.ts' } }] })
})
