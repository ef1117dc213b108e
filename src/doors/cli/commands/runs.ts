import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { reportsOf } from '../../../report/last.ts'
import { type Report, reportSchema } from '../../../report/report.ts'
import { systemWords } from '../../../text/system-words.ts'
import { writeOut } from '../output.ts'
import { readSettings } from '../settings.ts'
import { table } from '../table.ts'
import { explain } from './explain.ts'
import { paragraphs, writeAside } from '../terminal.ts'

export function defineRuns(command: Command): void {
  explain(command, {
    about: 'Actions: list (default), clear',
    examples: [
      ['local-brain runs', 'when, which skill and model, how many findings'],
      ['local-brain last 2 --format json', 'the second of that list again'],
      ['local-brain runs clear', "remove this project's"],
    ],
    files: 'the 30 newest reports of each project are in ~/.local/state/local-brain/runs, readable by you alone.',
  }).action(runAction)
}

async function runAction(action = 'list'): Promise<void> {
  const { cwd, paths } = readSettings()
  if (action === 'clear') {
    const count = clear(paths.state, cwd)
    await writeOut(paragraphs(`removed ${count} report${count === 1 ? '' : 's'} of this project\n`))
  } else if (action === 'list') await list(reportsOf(paths.state, cwd))
  else {
    throw new LocalBrainError('usage', `"${action}" is not something to do with runs`, {
      hint: 'local-brain runs list, or local-brain runs clear',
    })
  }
}

function clear(state: string, cwd: string): number {
  try {
    return reportsOf(state, cwd).clear()
  } catch (cause) {
    throw new LocalBrainError('output', `The reports could not be removed: ${systemWords(cause)}`, {
      hint: 'ls -l ~/.local/state/local-brain/runs',
      cause,
    })
  }
}

async function list(reports: ReturnType<typeof reportsOf>): Promise<void> {
  const kept = reports.list()
  const rows: string[][] = []
  for (const [at, { name, time }] of kept.entries()) {
    const report = await reports.load(name, reportSchema)
    // A torn one keeps its number.
    rows.push([String(at + 1), when(time), ...(report === undefined ? ["can't be read", '', '', ''] : cells(report))])
  }
  if (rows.length === 0) await writeAside('note', 'there is no report about this project yet')
  else
    await writeOut(
      table([['n', 'when', 'skill', 'model', 'findings', 'seconds'], ...rows], ['model', 'seconds', 'findings']),
    )
}

function cells({ skill, model, findings, usage, exitCode }: Report): string[] {
  const count = findings === null ? '-' : String(findings.length)
  const seconds = `${Math.round(usage.totalMs / 1000)}${exitCode > 1 ? ` (exit ${exitCode})` : ''}`
  return [skill, model?.name ?? '-', count, seconds]
}

/** Local time, to the minute. */
function when(time: number): string {
  const date = new Date(time - new Date(time).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 16).replace('T', ' ')
}
