import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type History, createHistory } from '../store/history.ts'
import { createStore } from '../store/store.ts'
import { sha256 } from '../text/hash.ts'
import { findRoot } from '../workspace/open.ts'
import type { Report } from './report.ts'

/** Reports of one project that are kept. */
const maxReports = 30

/**
 * The name under which the last report about a project is kept: of the repository that a folder lies in, else of the
 * folder itself.
 */
export function lastReportOf(folder: string): string {
  return nameOf(projectOf(folder))
}

const nameOf = (project: string) => `last/${project}`

function projectOf(folder: string): string {
  const project = existsSync(folder) ? findRoot(folder) : folder
  return sha256(project).slice(0, 16)
}

/** The earlier reports about a project. `state`: the folder for what is kept. */
export function reportsOf(state: string, folder: string): History {
  return historyOf(state, projectOf(folder))
}

function historyOf(state: string, project: string): History {
  return createHistory(join(state, 'runs', project), maxReports)
}

/** Keeps a report for `last` and `runs`. */
export async function rememberReport(state: string, folder: string, report: Report): Promise<void> {
  const project = projectOf(folder)
  await createStore(state).save(nameOf(project), report)
  await historyOf(state, project).add(report)
}

/** Removes what `last` and `runs` print. Resolves with how many reports there were; rejects with errors of the disk. */
export async function forgetReports(state: string, folder: string): Promise<number> {
  const count = await reportsOf(state, folder).clear()
  await rm(join(state, `${lastReportOf(folder)}.json`), { force: true })
  return count
}
