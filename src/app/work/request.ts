import type { Report } from '../../report/report.ts'
import type { RunRequest } from '../request.ts'
import type { SpecSource } from './load-spec.ts'

/** Everything that carrying out a written task is asked to do. */
export type WorkRequest = Omit<
  RunRequest,
  'skill' | 'work' | 'readInput' | 'task' | 'vars' | 'verify' | 'cache' | 'failOn' | 'fix' | 'needsFindings' | 'hook'
> & {
  spec: SpecSource
  /** Attempts at the checks. Default 3. */
  rounds?: number
  /** Carry it out although its status says that it was. */
  again?: boolean
  /** Tick the boxes that are met, and set the status. */
  updateSpec?: boolean
  /** Do without checks. */
  noChecks?: boolean
}

/** The report of a written task. */
export type WorkReport = Report & Required<Pick<Report, 'checks' | 'criteria' | 'rounds' | 'verified'>>
