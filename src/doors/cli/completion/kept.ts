import { resolve } from 'node:path'
import { savedSessions } from '../../../app/chat/resume.ts'
import { reportsOf } from '../../../report/last.ts'
import { escapeLine } from '../../../text/escape.ts'
import { listProposals, type Proposal } from '../../../workspace/changes/proposal.ts'
import { changesFolder } from '../../../workspace/changes/store.ts'
import { findRoot } from '../../../workspace/open.ts'
import { readSettings } from '../settings.ts'
import type { Place, Value } from './place.ts'

/** By command, and by the name of the value in its help. */
const keepers: Readonly<Record<string, (place: Place) => Promise<Value[]>>> = {
  'chat id': async ({ folder }) => {
    const sessions = await savedSessions(readSettings(), topOf(folder))
    return sessions.map(({ id, title }) => ({ value: id, help: inOneLine(title) }))
  },
  'last n': async () => {
    const { cwd, paths } = readSettings()
    const kept = reportsOf(paths.state, cwd).list()
    return kept.map(({ time }, at) => ({ value: String(at + 1), help: new Date(time).toLocaleString('sv') }))
  },
  'changes id': async ({ folder, positionals }) => (positionals[0] === 'show' ? changes(folder, () => true) : []),
  'apply id': async ({ folder }) => changes(folder, ({ kind, applied }) => kind !== 'undo' && applied === null),
  'undo id': async ({ folder }) => changes(folder, ({ applied }) => applied !== null),
}

/** What earlier runs and chats left about a project, by the names under which a command takes it. */
export async function keptValues(kind: string, place: Place): Promise<Value[]> {
  return keepers[`${place.command.name()} ${kind}`]?.(place) ?? []
}

async function changes(folder: string | undefined, fits: (proposal: Proposal) => boolean): Promise<Value[]> {
  const found = await listProposals(changesFolder(topOf(folder), readSettings().paths))
  return found
    .filter((one) => fits(one))
    .map(({ id, kind, of, title }) => ({ value: id, help: kind === 'undo' ? `undo of ${of}` : inOneLine(title) }))
}

function topOf(folder = '.'): string {
  return findRoot(resolve(readSettings().cwd, folder))
}

/** A title is what a person or a model wrote. */
function inOneLine(title: string): string {
  return escapeLine(title.slice(0, 60))
}
