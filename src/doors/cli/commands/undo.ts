import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { escapeLine } from '../../../text/escape.ts'
import { undoProposal } from '../../../workspace/changes/apply.ts'
import { auditWritten } from '../../../workspace/changes/audit.ts'
import { findProposal, listProposals, type Proposal } from '../../../workspace/changes/proposal.ts'
import type { ChangeStore } from '../../../workspace/changes/store.ts'
import { writeOut } from '../output.ts'
import { rootHelp, withProject } from './changes.ts'
import { explain } from './explain.ts'
import { paragraphs } from '../terminal.ts'

type UndoOptions = { root?: string; force?: boolean }

export function defineUndo(command: Command): void {
  command
    .option('-r, --root <dir>', rootHelp)
    .option('--force', 'also where a file was changed since; what it holds now is kept')
  explain(command, {
    examples: [
      ['local-brain undo', 'what was applied last'],
      ['local-brain undo 3f2a', 'another one of "local-brain changes", also an undo'],
    ],
    files:
      'writes the files of that change as they were; what they held is kept in ~/.local/state/local-brain/changes.',
  }).action(undo)
}

/** Takes back one applied proposal, by default the last one, and nothing else. */
async function undo(id: string | undefined, { root, force }: UndoOptions): Promise<void> {
  await withProject(root, async (store) => undoIn(store, id, force))
}

async function undoIn(store: ChangeStore, id: string | undefined, force: boolean | undefined): Promise<void> {
  const proposal = id === undefined ? await lastApplied(store.folder) : await findProposal(store.folder, id)
  if (proposal === undefined) {
    throw new LocalBrainError('usage', 'There is no applied change to take back', { hint: 'local-brain changes' })
  }
  const outcome = await undoProposal(store, proposal, { force })
  await auditWritten(store, outcome.proposal, 'undo')
  const written = outcome.proposal.applied?.written ?? []
  await writeOut(paragraphs(written.map(({ path }) => `${escapeLine(path)} is as it was before\n`).join('')))
  await writeOut(paragraphs(`Undone: ${proposal.id}. Take that back: local-brain undo ${outcome.proposal.id}\n`))
}

/** An undo is taken back by its id only: twice `undo` takes back the last two changes. */
async function lastApplied(folder: string): Promise<Proposal | undefined> {
  const applied = (await listProposals(folder)).filter((one) => one.kind !== 'undo' && one.applied !== null)
  return applied.sort((a, b) => ((a.applied?.at ?? '') < (b.applied?.at ?? '') ? 1 : -1))[0]
}
