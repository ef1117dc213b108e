import { sha256 } from '../text/hash.ts'

/** The name under which the last report about a project is kept. `project`: see projectOf. */
export function lastReportOf(project: string): string {
  return `last/${sha256(project).slice(0, 16)}`
}
