import type { Command } from 'commander'
import { changeLines, changesSummary } from '../../../report/changes.ts'
import { escapeLine } from '../../../text/escape.ts'
import { applyProposal } from '../../../workspace/changes/apply.ts'
import { auditWritten } from '../../../workspace/changes/audit.ts'
import { findProposal } from '../../../workspace/changes/proposal.ts'
import type { ChangeStore } from '../../../workspace/changes/store.ts'
import { writeOut } from '../output.ts'
import { nothingKept, rootHelp, withProject } from './changes.ts'
import { explain } from './explain.ts'
import { paragraphs, writeAside } from '../terminal.ts'

type ApplyOptions = { root?: string; '3way'?: boolean }

export function defineApply(command: Command): void {
  command.option('-r, --root <dir>', rootHelp).option('--3way', 'merge files that were changed since')
  explain(command, {
    examples: [
      ['local-brain apply', 'what the last run proposed'],
      ['local-brain apply 3f2a', 'another one of "local-brain changes"'],
      ['local-brain apply --3way', 'even if the files have changed since'],
    ],
    files: 'writes the files of the proposal into the working tree; reads it from ~/.local/state/local-brain/changes.',
  }).action(apply)
}

/** Puts what a run proposed into the working tree, all of it or nothing. */
async function apply(id: string | undefined, options: ApplyOptions): Promise<void> {
  await withProject(options.root, async (store) => applyIn(store, id, options['3way']))
}

async function applyIn(store: ChangeStore, id: string | undefined, merge: boolean | undefined): Promise<void> {
  const proposal = await findProposal(store.folder, id)
  if (proposal === undefined) throw nothingKept()
  const outcome = await applyProposal(store, proposal, { merge })
  await auditWritten(store, outcome.proposal, 'apply')
  const { changes } = proposal
  await writeOut(
    paragraphs(
      changeLines(changes)
        .map((line) => `${line}\n`)
        .join(''),
    ),
  )
  await writeOut(paragraphs(`Applied: ${changesSummary(changes)}. Take back: local-brain undo\n`))
  if (outcome.conflicts.length === 0) return
  await writeAside('warning', `marks of a conflict are in ${outcome.conflicts.map(escapeLine).join(', ')}`)
  process.exitCode = 1
}
