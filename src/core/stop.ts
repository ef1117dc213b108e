import { isError } from '../errors.ts'

/**
 * Why the model was asked no further. `answered` is a whole answer; so are a `turn_limit` and a `repeated` with text,
 * given without the tools that were asked for.
 */
export type Stop = 'answered' | 'turn_limit' | 'repeated' | 'unusable' | 'context_full' | 'time_limit' | 'interrupted'

/** From best to worst: of several conversations the worst one names the run. */
const stops: readonly Stop[] = [
  'answered',
  'turn_limit',
  'repeated',
  'unusable',
  'context_full',
  'time_limit',
  'interrupted',
]

export function worstStop(all: readonly Stop[]): Stop {
  return all.reduce((worst, stop) => (stops.indexOf(stop) > stops.indexOf(worst) ? stop : worst), 'answered')
}

/** What an aborted signal means: the deadline, or somebody who wants no more. */
export function stopOfAbort({ reason }: AbortSignal): 'time_limit' | 'interrupted' {
  return isError(reason, 'timeout') ? 'time_limit' : 'interrupted'
}

/** The limit that an error stands for. Rethrows what the server did wrong, a server that stays busy included. */
export function stopFor(error: unknown, signal: AbortSignal): Stop {
  if (isError(error, 'busy')) throw error
  if (signal.aborted) return stopOfAbort(signal)
  if (isError(error, 'overflow')) return 'context_full'
  throw error
}

/** Why something has no answer, as a person reads it in a list. */
export function reasonFor(stop: Stop): string {
  switch (stop) {
    case 'time_limit':
      return 'the time limit was reached'
    case 'context_full':
      return 'it does not fit the window of the model'
    case 'interrupted':
      return 'interrupted'
    default:
      return 'the model gave no usable answer'
  }
}
