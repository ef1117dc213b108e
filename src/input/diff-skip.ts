import { isNamedText } from '../workspace/decode.ts'
import type { Marks } from './attributes.ts'
import { dataReason } from './data-files.ts'
import { isMarkedGenerated } from './generated.ts'
import { isMinified } from './minified.ts'
import { skipEmpty } from './skip.ts'

/** Why a change is left out because of the file's text. `gap`: no rule covers it for certain. */
export type ChangeSkip = { reason: string; gap?: true }

type Sides = {
  path: string
  /** The text before the change, as far as it is known; undefined for a new file. */
  old: string | undefined
  now: string
}

/**
 * The same rules as for files, but what the change itself brings is no reason: a mark, or lines that a machine wrote,
 * count only when they were there before. Locks, snapshots and source maps are data through and through.
 */
export function skipChange({ path, old, now }: Sides, { generated, vendored }: Marks): ChangeSkip | undefined {
  const empty = skipEmpty(now)
  // guard: pointer-is-gap
  if (empty !== undefined)
    return empty === 'Git LFS pointer' && isProgram(path) ? { reason: empty, gap: true } : { reason: empty }
  if (generated === false) return undefined
  const data = dataReason(path, now)
  if (data !== undefined) return { reason: data }
  if (isMarkedGenerated(now)) {
    // guard: own-mark
    if (old !== undefined && isMarkedGenerated(old)) return { reason: 'generated' }
    if (old === undefined && generatedName.test(path))
      return { reason: 'only its own mark says that it is generated', gap: true }
  }
  if (vendored === false || !isMinified(path, now)) return undefined
  // guard: own-lines
  return old === undefined || isMinified(path, old) ? { reason: 'minified' } : undefined
}

/** Names that tools give to what they generate. */
const generatedName =
  /\.pb(?:\.gw)?\.(?:go|cc|h|swift)$|_pb2(?:_grpc)?\.pyi?$|_pb(?:_service)?(?:\.d)?\.[jt]s$|\.(?:g|freezed|mocks)\.dart$|\.(?:designer|g|g\.i)\.cs$|[._](?:generated|gen)\.[a-z]+$|(?:^|\/)zz_generated\.[^/]+$/i

/** A text that somebody runs, rather than data that happens to be text. */
function isProgram(path: string): boolean {
  return isNamedText(path) && !/\.(?:csv|json[cl5]?|ndjson|xml|svg|txt|md)$/i.test(path)
}
