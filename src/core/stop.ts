import { isError } from '../errors.ts'

/** From best to worst. The worst stop of all conversations is the stop of the run. */
export const stops = [
  'answered',
  'turn_limit',
  'repeated',
  'refused',
  'stuck',
  'unusable',
  'context_full',
  'time_limit',
  'interrupted',
] as const

/**
 * Why a conversation stopped. `answered` is a whole answer; so are `turn_limit` and `repeated` with text, where the
 * model had to answer without the tools it wanted. `refused`: the person, or a limit, said no to what it wanted to do.
 * `stuck`: a round of work left everything as it had been before.
 */
export type Stop = (typeof stops)[number]

export function worstStop(all: readonly Stop[]): Stop {
  return all.reduce((worst, stop) => (stops.indexOf(stop) > stops.indexOf(worst) ? stop : worst), 'answered')
}

/** The stop that an aborted signal means: the deadline passed, or a person interrupted the run. */
export function stopOfAbort({ reason }: AbortSignal): 'time_limit' | 'interrupted' {
  return isError(reason, 'timeout') ? 'time_limit' : 'interrupted'
}

/** The stop that an error means. Rethrows errors of the server, including one that stays busy. */
export function stopFor(error: unknown, signal: AbortSignal): Stop {
  if (isError(error, 'busy')) throw error
  if (signal.aborted) return stopOfAbort(signal)
  if (isError(error, 'overflow')) return 'context_full'
  throw error
}

/** Why something has no answer, in words for a list that a person reads. */
export function reasonFor(stop: Stop): string {
  switch (stop) {
    case 'time_limit':
      return 'the time limit was reached'
    case 'context_full':
      return "it does not fit the model's window"
    case 'interrupted':
      return 'interrupted'
    case 'stuck':
      return 'a round of work changed nothing'
    case 'refused':
      return 'what the model wanted to do was refused'
    default:
      return 'the model gave no usable answer'
  }
}
