import type { AgentEvent, Emit } from '../../core/events.ts'
import { escapeLine } from '../../text/escape.ts'
import type { Shown } from '../cli/flags.ts'
import { type Progress, createProgress } from '../cli/progress.ts'
import type { Settings } from '../cli/settings.ts'
import { wrapped } from '../cli/terminal.ts'

/** Shows what happens: during work as a run does, in between only what a person has to know. */
export type Listening = {
  emit: Emit
  /** The work of the moment. */
  progress(): Progress | undefined
  /** Shows what happens while `act` is under way. `streamed`: its answer is already on the terminal. */
  during<T>(act: () => Promise<T>): Promise<{ result: T; streamed: boolean }>
}

export function createListening(shown: Shown, settings: Settings, say: (text: string) => void): Listening {
  let now: Progress | undefined
  return {
    emit: (event) => (now === undefined ? idle(event, say) : now.emit(event)),
    progress: () => now,
    async during(act) {
      const progress = await createProgress(shown, settings)
      now = progress
      try {
        const result = await act()
        return { result, streamed: progress.streamed() }
      } finally {
        now = undefined
        const failure = await progress.close()
        if (failure !== undefined) say(wrapped('! ', escapeLine(failure.message), process.stderr))
      }
    },
  }
}

function idle(event: AgentEvent, say: (text: string) => void): void {
  if (event.type === 'warning') say(wrapped('! ', escapeLine(event.message), process.stderr))
}
