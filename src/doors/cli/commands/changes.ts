import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { changeLines, changesSummary } from '../../../report/changes.ts'
import { escapeLine } from '../../../text/escape.ts'
import { recoverChanges } from '../../../workspace/changes/apply.ts'
import { inWords } from '../../../workspace/changes/failure.ts'
import { findProposal, listProposals, loadPatch, type Proposal } from '../../../workspace/changes/proposal.ts'
import { type ChangeStore, openChangeStore } from '../../../workspace/changes/store.ts'
import { findRoot } from '../../../workspace/open.ts'
import { writeOut, writeOutBytes } from '../output.ts'
import { paintPatch } from '../patch.ts'
import { readSettings } from '../settings.ts'
import { paragraphs, useColor, wrapped, writeAside } from '../terminal.ts'
import { explain } from './explain.ts'

type ShowOptions = { root?: string; format?: 'patch' | 'text' }

export const rootHelp = 'a folder of the project (default: this one)'

export function defineChanges(command: Command): void {
  command
    .option('-r, --root <dir>', rootHelp)
    .addOption(
      new Option('--format <format>', 'patch: nothing but the patch, as git apply takes it')
        .choices(['text', 'patch'])
        .default('text'),
    )
  explain(command, {
    about: 'Actions: list (default), show [id] (default: the newest)',
    examples: [
      ['local-brain changes', 'what was proposed and what was applied, with ids'],
      ['local-brain changes show', 'the newest, with its patch'],
      ['local-brain changes show --format patch | git apply', 'in a way of your own'],
    ],
    files: 'reads ~/.local/state/local-brain/changes, where each run that may write leaves its proposal.',
  }).action(printChanges)
}

async function printChanges(action = 'list', id: string | undefined, { root, format }: ShowOptions): Promise<void> {
  if (action !== 'list' && action !== 'show') {
    throw new LocalBrainError('usage', `"${action}" is not something to do with changes`, {
      hint: 'local-brain changes list, or local-brain changes show [id]',
    })
  }
  await withProject(root, async (store) => (action === 'show' ? show(store, id, format) : list(store)))
}

/**
 * Opens what is kept about the project that the current folder lies in, and first finishes or takes back a change that
 * was interrupted.
 */
export async function withProject(root: string | undefined, use: (store: ChangeStore) => Promise<void>): Promise<void> {
  try {
    await use(await openProject(root))
  } catch (error) {
    throw inWords(error)
  }
}

async function openProject(root: string | undefined): Promise<ChangeStore> {
  const { cwd, paths, environment } = readSettings()
  const top = realpathSync.native(findRoot(existing(resolve(cwd, root ?? '.'))))
  const store = await openChangeStore({ top, paths, environment })
  const recovered = await recoverChanges(store)
  if (recovered !== undefined) await writeAside('note', recovered)
  return store
}

function existing(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch (cause) {
    throw new LocalBrainError('missing-file', `Folder "${folder}" does not exist`, { hint: '--root <folder>', cause })
  }
}

async function list({ folder }: ChangeStore): Promise<void> {
  const all = await listProposals(folder)
  if (all.length === 0) await writeAside('note', 'no run has proposed a change to this project')
  for (const proposal of all) await writeOut(`${rowOf(proposal)}\n`)
}

/** The same on a terminal, where continuation lines are below the state. */
function rowOf(proposal: Proposal): string {
  const { id } = proposal
  return wrapped(`${id}  `, lineOf(proposal).slice(id.length + 2), process.stdout)
}

function lineOf(proposal: Proposal): string {
  const { id, kind, of, title, changes, applied, branch } = proposal
  if (kind === 'undo') return `${id}  undo of ${of}${applied === null ? ', undone' : ''}`
  if (kind === 'turn') {
    const state = applied === null ? 'chat, undone' : 'chat'
    return `${id}  ${state}  ${changesSummary(changes)}  ${escapeLine(title).slice(0, 60)}`
  }
  const state = applied !== null ? 'applied' : branch !== null ? `on branch ${branch}` : 'proposed'
  return `${id}  ${state}  ${changesSummary(changes)}  ${escapeLine(title).slice(0, 60)}`
}

async function show({ folder }: ChangeStore, id: string | undefined, format: ShowOptions['format']): Promise<void> {
  const proposal = await findProposal(folder, id)
  if (proposal === undefined) throw nothingKept()
  const patch = await loadPatch(folder, proposal)
  // On a terminal, what a file holds could steer it.
  if (!process.stdout.isTTY && format === 'patch') return writeOutBytes(patch)
  const color = useColor(process.stdout, readSettings().color)
  const lines =
    format === 'patch' ? [] : [rowOf(proposal), ...changeLines(proposal.changes).map((line) => paragraphs(line)), '']
  await writeOut(`${lines.map((line) => `${line}\n`).join('')}${paintPatch(patch, color)}`)
}

export function nothingKept(): LocalBrainError {
  return new LocalBrainError('usage', 'No run has proposed a change to this project', {
    hint: 'local-brain "<what to change>" --allow write',
  })
}
