import type { Git } from '../workspace/git/git.ts'
import { isSecret } from '../workspace/secrets.ts'
import { attributeReasons } from './attributes.ts'
import type { Change } from '../workspace/git/change-list.ts'
import { skipByName } from './skip.ts'

/** Why the text of a change is not looked at. `gap`: not by rule, but because it cannot be read. */
export type LeftOut = { change: Change; reason: string; gap?: true }

/** Which changes of a list are read as text, and why the others are not. `prefix` is the root below the top, or `.`. */
export async function chooseChanges(
  git: Git,
  changes: readonly Change[],
  prefix: string,
): Promise<{ chosen: Change[]; leftOut: LeftOut[] }> {
  const leftOut: LeftOut[] = []
  const open = changes.filter((change) => {
    const reason = reasonOf(change, prefix)
    if (change.path.includes('\ufffd')) leftOut.push({ change, reason: 'its name is not UTF-8', gap: true })
    else if (reason === undefined) return true
    else leftOut.push({ change, reason })
    return false
  })
  const attributes = await attributeReasons(
    git,
    open.map((change) => change.path),
  )
  const chosen = open.filter((change) => {
    const reason = attributes.get(change.path)
    if (reason !== undefined) leftOut.push({ change, reason })
    return reason === undefined
  })
  return { chosen, leftOut }
}

function reasonOf(change: Change, prefix: string): string | undefined {
  const { path, oldPath, status, oldMode, newMode, size } = change
  if (prefix !== '.' && !path.startsWith(`${prefix}/`)) return 'outside the root'
  if (status === 'U') return 'merge conflict, not resolved yet'
  if (oldMode === '160000' || newMode === '160000') return 'submodule'
  if (newMode === '120000' || (newMode === '000000' && oldMode === '120000')) return 'symbolic link'
  if (isSecret(path) || (oldPath !== undefined && isSecret(oldPath))) return 'its name says that it holds secrets'
  if (size === null) return 'binary'
  const byName = skipByName(path)
  if (byName !== undefined || size === undefined || size.added + size.removed > 0) return byName
  if (oldPath !== undefined) return `renamed from ${oldPath}, nothing else changed`
  return oldMode === newMode || oldMode === '000000' || newMode === '000000' ? 'empty' : 'only its mode changed'
}
