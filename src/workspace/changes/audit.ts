import { type ChangedBy, audit } from '../../store/audit.ts'
import type { Proposal } from './proposal.ts'
import type { ChangeStore } from './store.ts'

/** Which files were written into the working tree, and what they hold now. */
export async function auditWritten(store: ChangeStore, { id, applied }: Proposal, by: ChangedBy): Promise<void> {
  const entries = (applied?.written ?? []).map(({ path, before, after }) => {
    const kind = before === null ? 'create' : after === null ? 'delete' : 'modify'
    return { what: 'change' as const, project: store.top, id, path, kind, by, sha256: after?.sha256 ?? null }
  })
  await audit(store.options.paths.state, entries)
}

export async function auditBranch(store: ChangeStore, { id }: Proposal, branch: string, commit: string): Promise<void> {
  await audit(store.options.paths.state, [{ what: 'branch', project: store.top, id, branch, commit }])
}
