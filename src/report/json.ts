import { safeJson } from '../text/escape.ts'
import type { Report } from './report.ts'

export function json(report: Report): string {
  return `${safeJson(report)}\n`
}
