import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { baselineFile, extendBaseline, loadBaseline } from '../../../tasks/findings/baseline.ts'
import { recallFindings } from '../../../tasks/findings/memory.ts'
import { writeAtomic } from '../../../store/atomic.ts'
import { createStore } from '../../../store/store.ts'
import { openWorkspace } from '../../../workspace/open.ts'
import { writeOut } from '../output.ts'
import { readSettings } from '../settings.ts'
import { explain } from './explain.ts'
import { paragraphs } from '../terminal.ts'
import { writingWords } from '../../../text/system-words.ts'
import { makeFolder } from '../../../store/make-folder.ts'

export function defineBaseline(command: Command): void {
  explain(command, {
    examples: [
      ['local-brain --git-diff', 'a review, whose findings you have read'],
      ['local-brain baseline', 'accept them all'],
    ],
    files: 'writes .local-brain/baseline.json in the top folder of the project, to be committed or not as you like.',
  }).action(acceptFindings)
}

/** Adds the findings of the previous run about this project to its baseline. */
async function acceptFindings(): Promise<void> {
  const { cwd, environment, paths } = readSettings()
  const workspace = await openWorkspace({ root: cwd, whole: true, environment })
  const { root } = workspace
  const previous = await recallFindings(createStore(paths.state), root)
  if (previous === undefined) {
    throw new LocalBrainError('usage', 'There are no findings of a previous run about this project', {
      hint: 'local-brain --git-diff',
    })
  }
  const { baseline, problem } = await loadBaseline(workspace)
  if (problem !== undefined) throw new LocalBrainError('usage', problem, { hint: `rm ${baselineFile}` })
  const extended = extendBaseline(baseline, previous.findings)
  await write(root, `${JSON.stringify(extended, null, 2)}\n`)
  const added = extended.findings.length - baseline.findings.length
  await writeOut(paragraphs(`${baselineFile}: ${added} added, ${extended.findings.length} in all\n`))
}

/** The folder may be a link that the repository brought: nothing is written through it. */
async function write(root: string, text: string): Promise<void> {
  const file = join(root, baselineFile)
  try {
    makeFolder(dirname(file))
    if ((await realpath(dirname(file))) !== dirname(file)) throw new Error('its folder is a symbolic link')
    await writeAtomic(file, text)
  } catch (cause) {
    throw new LocalBrainError('output', `"${baselineFile}" could not be written: ${writingWords(cause)}`, {
      hint: `ls -ld ${dirname(baselineFile)}`,
      cause,
    })
  }
}
