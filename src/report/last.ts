import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Archive, createArchive } from '../store/archive.ts'
import { sha256 } from '../text/hash.ts'
import { findRoot } from '../workspace/open.ts'
import type { Report } from './report.ts'

/** Reports of one project that are kept. */
const maxReports = 30

/**
 * The earlier reports about a project: the repository that a folder lies in, else the folder itself. `state`: the folder
 * for what is kept.
 */
export function reportsOf(state: string, folder: string): Archive {
  const project = existsSync(folder) ? findRoot(folder) : folder
  return createArchive(join(state, 'runs', sha256(project).slice(0, 16)), maxReports)
}

/** Keeps a report for `last` and `runs`. */
export async function rememberReport(state: string, folder: string, report: Report): Promise<void> {
  await reportsOf(state, folder).add(report)
}
