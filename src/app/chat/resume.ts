import type { Message } from '../../core/model.ts'
import { LocalBrainError } from '../../errors.ts'
import { selectReporter } from '../../report/index.ts'
import { reportsOf } from '../../report/last.ts'
import { type Report, reportSchema } from '../../report/report.ts'
import {
  type SavedSession,
  type SessionInfo,
  findSession,
  listSessions,
  loadSession,
  sessionFolder,
} from '../../store/sessions.ts'
import { findRoot } from '../../workspace/open.ts'
import type { ChatSessionRequest } from './request.ts'

/** Where a conversation can continue from. */
export type Found = { from: 'session'; session: SavedSession } | { from: 'report'; messages: Message[] }

type Place = Pick<ChatSessionRequest, 'cwd' | 'root' | 'paths'>

function rootOf({ cwd, root }: Place): string {
  return findRoot(root ?? cwd)
}

/** The sessions about this folder, the latest first. `root`: the workspace. */
export async function savedSessions({ paths }: Pick<Place, 'paths'>, root: string): Promise<SessionInfo[]> {
  return listSessions(sessionFolder(paths.state, root))
}

/** `hint`: what to type instead when there is no such session. */
export async function openSaved(
  { paths }: Pick<Place, 'paths'>,
  root: string,
  id: string,
  hint?: string,
): Promise<Found> {
  return { from: 'session', session: await loadSession(await findSession(paths.state, root, id, hint), hint) }
}

/** The latest conversation or run about this folder. */
export async function findLast(place: Place, hint?: string): Promise<Found> {
  const root = rootOf(place)
  const [session] = await savedSessions(place, root)
  const report = await lastReport(place, root)
  if (report !== undefined && (session === undefined || session.changed < report.at)) {
    return { from: 'report', messages: await messagesOf(report.report) }
  }
  if (session !== undefined) return { from: 'session', session: await loadSession(session.file, hint) }
  throw new LocalBrainError('usage', 'There is nothing to continue: no conversation and no report about this folder', {
    hint: 'local-brain chat, or local-brain "<question>"',
  })
}

async function lastReport({ paths }: Place, root: string): Promise<{ report: Report; at: Date } | undefined> {
  const reports = reportsOf(paths.state, root)
  for (const { name, time } of reports.list()) {
    const report = await reports.load(name, reportSchema)
    // A torn one is no reason to have nothing to continue.
    if (report !== undefined) return { report, at: new Date(time) }
  }
  return undefined
}

/** Characters of a report that the model is told. */
const maxChars = 12_000

/** A run as a question and its answer. */
async function messagesOf(report: Report): Promise<Message[]> {
  const { kind, base } = report.scope
  const about =
    kind === 'base'
      ? `the changes since ${base ?? ''}`
      : { staged: 'the staged changes', unstaged: 'the unstaged changes' }[kind as string]
  const named = [...new Set(report.reviewed.map(({ path }) => path))].slice(0, 20).join(', ')
  const what = about ?? (named === '' ? 'my question' : named)
  const text = await selectReporter('markdown')(report)
  const content = text.length > maxChars ? `${text.slice(0, maxChars)}\n[the rest of the report is left out]` : text
  return [
    {
      role: 'user',
      content: `Run the skill ${report.skill} on ${what}.${named === '' || about === undefined ? '' : ` (${named})`}`,
    },
    { role: 'assistant', content: `${content}${numbered(report)}`, toolCalls: [] },
  ]
}

const order = ['issue', 'simplification', 'consider-later', 'observation'] as const

/** "The second finding" is the second that the person sees. */
function numbered({ findings }: Report): string {
  if (findings === null || findings.length < 2) return ''
  const shown = order.flatMap((section) => findings.filter((one) => one.section === section))
  const lines = shown.map(({ path, startLine, title }, at) => `${at + 1}. ${path}:${startLine} ${title}`)
  return `\n\nThe findings in this order:\n${lines.join('\n')}`
}
