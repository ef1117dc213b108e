import { sha256 } from '../text/hash.ts'

/** The name under which a project's last report is stored. `project` comes from `projectOf`. */
export function lastReportOf(project: string): string {
  return `last/${sha256(project).slice(0, 16)}`
}
