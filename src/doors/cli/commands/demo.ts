import { join } from 'node:path'
import type { Command } from 'commander'
import type { Emit } from '../../../core/events.ts'
import { type Demo, demoNotice, startDemo } from '../../../demo/demo.ts'
import { escapeLine, escapeText } from '../../../text/escape.ts'
import { run } from '../../../app/run.ts'
import type { RunRequest } from '../../../app/request.ts'
import { layOut } from '../deliver.ts'
import { writeOut } from '../output.ts'
import { createProgress } from '../progress.ts'
import { type Settings, readSettings } from '../settings.ts'
import { wrapped, writeAside } from '../terminal.ts'
import { explain } from './explain.ts'

export function defineDemo(command: Command): void {
  explain(command, {
    examples: [
      ['local-brain demo', 'a question with tool calls, then a review'],
      ['local-brain demo | less -R', 'in pages'],
    ],
    files: 'a sample in a folder for temporary files, which is removed at the end.',
  }).action(demonstrate)
}

/** A question answered with tools, then a review, on a bundled sample with a planted bug. */
async function demonstrate(): Promise<void> {
  const settings = readSettings()
  const demo = await startDemo()
  try {
    await writeOut(`${wrapped('', demoNotice, process.stdout)}\n\n`)
    for (const part of ['explain', 'code-review'] as const) await show(part, demo, settings)
    const next = 'With Ollama running the same works on your own files: local-brain --git-diff'
    await writeOut(`${wrapped('', next, process.stdout)}\n`)
  } finally {
    await demo.close()
  }
}

async function show(skill: 'explain' | 'code-review', demo: Demo, settings: Settings): Promise<void> {
  const shown = skill === 'explain' ? ['-s explain', `"${demo.prompt}"`] : ['-s code-review', `-f ${demo.file}`]
  await writeOut(`$ local-brain ${shown.join(' ')}\n`)
  // The answer is printed once it is whole, so it is not streamed.
  const progress = await createProgress({ format: 'json' }, settings)
  const signal = new AbortController().signal
  const emit: Emit = (event) => {
    // The report says them.
    if (event.type !== 'finding') progress.emit(event)
  }
  const report = await run(requestFor(skill, demo, settings), { emit, signal, engine: demo.engine })
  await progress.close()
  const laidOut = await layOut(escapeText(report.answer), {
    shown: { format: 'markdown' },
    settings,
    report,
    isKept: false,
  })
  await writeOut(`${laidOut.trimEnd()}\n\n`)
  for (const warning of report.warnings) await writeAside('warning', escapeLine(warning))
}

function requestFor(skill: 'explain' | 'code-review', demo: Demo, settings: Settings): RunRequest {
  const work = skill === 'explain' ? { files: [], prompt: demo.prompt } : { files: [demo.file], prompt: '' }
  // The demonstration leaves nothing behind: what a run remembers goes with the sample.
  const memory = join(demo.root, '.memory')
  return {
    skill,
    work,
    cwd: demo.root,
    root: demo.root,
    cache: false,
    paths: { config: memory, cache: memory, state: memory },
    environment: settings.environment,
  }
}
