import { asData } from '../../core/events.ts'
import { prose } from '../prose.ts'
import type { Task } from '../task.ts'

/** A commit message. It is shown when it is whole, since only then it is known what of it is the message. */
export const commitMessage: Task = {
  ...prose,
  run: (job, context) => prose.run(job, { ...context, emit: asData(context.emit) }),
  async finish(results, context) {
    const finished = await prose.finish(results, { ...context, emit: asData(context.emit) })
    // Several answers side by side are no message.
    if (finished.warnings.length > 0 || finished.text === '') return finished
    const { messageInJson, plainMessage } = await import('./plain-message.ts')
    const told = await Promise.all(results.map(({ job }) => job.messages()))
    const shown = told.flatMap((messages) => messages.map(({ content }) => content)).join('\n')
    return { ...finished, text: plainMessage(messageInJson(finished.text) ?? finished.text, { shown }) }
  },
}
