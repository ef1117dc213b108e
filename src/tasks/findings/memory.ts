import { sha256 } from '../../text/hash.ts'
import type { Store } from '../../store/store.ts'
import type { Finding, Memory } from './finding.ts'

/** `root` is the workspace: canonical and absolute. */
export async function recallFindings(store: Store, root: string): Promise<Memory | undefined> {
  // Loaded only where there may be findings: a question is asked without zod.
  const { memorySchema } = await import('./finding.ts')
  return store.load(nameOf(root), memorySchema)
}

export async function rememberFindings(store: Store, root: string, memory: Memory): Promise<void> {
  await store.save(nameOf(root), memory)
}

function nameOf(root: string): string {
  return `findings/${sha256(root).slice(0, 16)}`
}

/** Says of each finding whether the previous run had it, when that was about the same work by the same skill. */
export function markNew(
  findings: readonly Finding[],
  { skill, kind, base }: Pick<Memory, 'skill' | 'kind' | 'base'>,
  previous: Memory | undefined,
): Finding[] {
  const isComparable = previous?.skill === skill && previous.kind === kind && previous.base === base
  if (!isComparable) return [...findings]
  const before = new Set(previous.findings.map((finding) => finding.id))
  return findings.map((finding) => ({ ...finding, new: !before.has(finding.id) }))
}
