import { isRecord } from '../../core/fits.ts'
import { type NativeCall, readNativeCalls } from '../dialect/native.ts'

/** Characters of all arguments in one reply. */
const maxArguments = 512 * 1024

type Pending = { id: string; name: string; pieces: string[]; whole?: unknown }

export type CallCollector = {
  /** The `tool_calls` field of one event. */
  add(field: unknown): void
  calls(): NativeCall[]
}

/**
 * Puts together calls that arrive in pieces: the first piece has the name, the others only more of the arguments, and
 * `index` says of which call. Servers without an index send a call at a time, whole or in order.
 */
export function createCallCollector(refuse: (reason: string) => Error): CallCollector {
  const pending = new Map<number, Pending>()
  let chars = 0
  let latest = -1
  return {
    add(field) {
      for (const piece of [field].flat().filter(isRecord)) {
        const inner = isRecord(piece.function) ? piece.function : piece
        const at = placeOf(piece, inner, pending, latest)
        latest = at
        const call = pending.get(at) ?? { id: '', name: '', pieces: [] }
        pending.set(at, call)
        if (typeof piece.id === 'string' && piece.id !== '') call.id = piece.id
        if (typeof inner.name === 'string' && call.name === '') call.name = inner.name
        const given = inner.arguments ?? inner.parameters
        if (typeof given === 'string') call.pieces.push(given)
        else if (given !== undefined && given !== null) call.whole = given
        chars += typeof given === 'string' ? given.length : JSON.stringify(given ?? '').length
        // guard: call-pieces
        if (chars > maxArguments) throw refuse('its calls are too long')
      }
    },
    calls: () =>
      [...pending.entries()]
        .sort(([a], [b]) => a - b)
        .flatMap(([, { id, name, pieces, whole }]) =>
          readNativeCalls({ id, name, arguments: whole ?? pieces.join('') }),
        ),
  }
}

function placeOf(
  piece: Record<string, unknown>,
  inner: Record<string, unknown>,
  pending: ReadonlyMap<number, Pending>,
  latest: number,
): number {
  if (typeof piece.index === 'number') return piece.index
  const same = [...pending.entries()].find(([, { id }]) => id !== '' && id === piece.id)
  if (same !== undefined) return same[0]
  const begins = typeof inner.name === 'string' && inner.name !== ''
  return begins || latest < 0 ? Math.max(-1, ...pending.keys()) + 1 : latest
}
