import { existsSync } from 'node:fs'
import { sha256 } from '../text/hash.ts'
import { findRoot } from '../workspace/open.ts'

/**
 * The name under which the last report about a project is kept: of the repository that a folder lies in, else of the
 * folder itself.
 */
export function lastReportOf(folder: string): string {
  const project = existsSync(folder) ? findRoot(folder) : folder
  return `last/${sha256(project).slice(0, 16)}`
}
