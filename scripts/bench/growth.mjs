import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './sources.mjs'
import { median, peakMemory, program } from './processes.mjs'

/** What one thing costs, ten times and a hundred times as much of it. Milliseconds, the median of three. */
export async function measureGrowth({ sources, quick }) {
  const scale = quick ? 100 : 1
  const rows = []
  for (const job of jobs(sources)) {
    const { name, unit } = job
    const sizes = job.sizes.map((size) => Math.max(1, Math.round(size / scale)))
    const times = []
    let mb
    for (const size of sizes) {
      const { work, dryRun } = await job.prepare(size)
      times.push(await timeOf(work))
      if (dryRun)
        mb = await peakMemory({ argv: [process.execPath, program, '--dry-run', ...dryRun.args], cwd: dryRun.cwd }, env)
    }
    rows.push({ name, unit, sizes, times, ten: times[1] / times[0], hundred: times[2] / times[0], mb })
  }
  return rows
}

const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }

async function timeOf(work) {
  const times = []
  // Once for the machine and the compiler to get used to it.
  await work()
  for (let round = 0; round < 3; round += 1) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  return median(times)
}

function jobs(sources) {
  const { openWorkspace, gather, readToEnd, splitUnit, ground, showUnit, readLines, createEditor, replaceText } =
    sources
  return [
    {
      name: 'walking a tree',
      unit: 'files',
      sizes: [1000, 10_000, 100_000],
      async prepare(files) {
        const root = repository()
        for (let at = 0; at < files; at += 1) {
          const folder = join(root, `d${Math.floor(at / 100)}`)
          if (at % 100 === 0) mkdirSync(folder)
          writeFileSync(join(folder, `f${at}.js`), 'export {}\n')
        }
        const workspace = await openWorkspace({ root, environment: env })
        return {
          work: () => workspace.list({ limit: 1_000_000 }),
          dryRun: { cwd: root, args: ['-s', 'code-review', '-d', '.'] },
        }
      },
    },
    {
      name: 'splitting a diff',
      unit: 'bytes',
      sizes: [100_000, 1_000_000, 10_000_000],
      async prepare(bytes) {
        const root = changedRepository(bytes)
        const workspace = await openWorkspace({ root, environment: env })
        const work = { files: [], diff: {} }
        return {
          work: async () => readToEnd(await gather(work, workspace, { unitChars: 6000 })),
          dryRun: { cwd: root, args: ['--git-diff'] },
        }
      },
    },
    {
      name: 'dividing a file',
      unit: 'bytes',
      sizes: [10_000, 100_000, 1_000_000],
      async prepare(bytes) {
        const text = source(bytes)
        return { work: () => splitUnit(unitOf(text), 6000) }
      },
    },
    {
      name: 'grounding findings',
      unit: 'findings',
      sizes: [10, 100, 1000],
      async prepare(findings) {
        const text = source(10_000)
        const unit = showUnit(unitOf(text))
        const lines = text.trimEnd().split('\n')
        const raw = (at) => ({
          quote: lines[at % lines.length],
          defect: 'off-by-one',
          title: 'the loop is one too long',
          message: 'it reads past the end of `list`',
          trigger: 'an empty list',
          severity: 'medium',
          suggestion: '',
        })
        return {
          async work() {
            for (let at = 0; at < findings; at += 1) await ground(raw(at), unit, { known: async () => true })
          },
        }
      },
    },
    {
      name: 'editing a file',
      unit: 'bytes',
      sizes: [10_000, 100_000, 1_000_000],
      async prepare(bytes) {
        const root = repository()
        writeFileSync(join(root, 'a.js'), `${source(bytes - 100)}const edited = 0\n`)
        const editor = createEditor(await openWorkspace({ root, environment: env }), { limits: { lines: 1e9 } })
        let edits = 0
        return {
          async work() {
            const file = await editor.open('a.js')
            const edit = { old: `edited = ${edits}`, new: `edited = ${++edits}`, all: false }
            await editor.replace(file, replaceText(file.text, edit).text).commit()
          },
        }
      },
    },
    {
      name: 'reading NDJSON',
      unit: 'lines',
      sizes: [1000, 10_000, 100_000],
      async prepare(lines) {
        const event = {
          model: 'm',
          created_at: '2026-01-01T00:00:00Z',
          message: { role: 'assistant', content: 'word ' },
          done: false,
        }
        const chunk = Buffer.from(`${JSON.stringify(event)}\n`)
        const chunks = async function* () {
          for (let at = 0; at < lines; at += 1) yield chunk
        }
        return {
          async work() {
            for await (const line of readLines(chunks(), 1_000_000, (reason) => new Error(reason))) void line
          },
        }
      },
    },
  ]
}

function unitOf(text) {
  const endLine = text.split('\n').length - 1
  return { path: 'a.js', language: 'javascript', side: 'new', kind: 'file', startLine: 1, endLine, text }
}

export function repository() {
  const root = temporaryFolder()
  git(root, 'init', '-q')
  return root
}

/** Files of ten kilobytes with every tenth line changed, so that their whole text is about the size of the diff. */
export function changedRepository(bytes) {
  const root = repository()
  const files = Math.max(1, Math.round(bytes / 10_000))
  for (const kind of ['old', 'new']) {
    for (let at = 0; at < files; at += 1) writeFileSync(join(root, `f${at}.js`), source(10_000, kind))
    if (kind === 'old') {
      git(root, 'add', '-A')
      git(root, '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'start')
    }
  }
  return root
}

export function source(bytes, kind = 'new') {
  const lines = []
  for (let at = 0, size = 0; size < bytes; at += 1) {
    const line =
      at % 10 === 0
        ? `export function step${at}(list) {`
        : at % 10 === 9
          ? '}'
          : `  list.push(${at} + '${at % 10 === 5 ? kind : 'same'}')`
    lines.push(line)
    size += line.length + 1
  }
  return `${lines.join('\n')}\n`
}

function git(cwd, ...args) {
  execFileSync('git', args, { cwd, env })
}
