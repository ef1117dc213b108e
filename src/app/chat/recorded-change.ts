import type { ChangeKind } from '../../workspace/edit-policy.ts'

/** What was changed in one turn. Paths are relative to the workspace; `added` and `removed` count lines. */
export type RecordedChange = {
  path: string
  kind: ChangeKind
  /** The old path of one that moved. */
  from?: string | undefined
  added: number
  removed: number
  by: 'tool' | 'command'
  /** Something runs or obeys the file without being asked. */
  sensitive?: boolean | undefined
  /** What takes it back. Absent where nothing can. */
  step?: string | undefined
}
