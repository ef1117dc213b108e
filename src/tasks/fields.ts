import type * as z from 'zod'
import { askFor } from '../core/ask-for.ts'
import { toJsonSchema } from '../core/json-schema.ts'
import type { JsonSchema } from '../core/model.ts'
import { reasonFor, stopFor } from '../core/stop.ts'
import { noUsage } from '../core/usage.ts'
import { safeJson } from '../text/escape.ts'
import { noneChecked } from './prose.ts'
import type { Task } from './task.ts'

/**
 * JSON of one shape about as much of the input as one conversation holds. The answer is that JSON, validated.
 * `maxTokens`: of the reply. `format`: what the server is given of the shape.
 */
export function fields(schema: z.ZodType, maxTokens: number, format: JsonSchema = toJsonSchema(schema)): Task {
  return {
    givesFindings: false,
    temperature: 0.2,
    maxTokens,
    format,
    offersTools: false,
    division: { maxTokens: 6000, maxShare: 0.6, by: 'first' },
    check: noneChecked,
    async run(job, { model, emit, signal }) {
      try {
        const asked = await askFor(schema, await job.messages(), { model, emit, signal, maxTokens, format })
        const { value, usage, warnings, problem } = asked
        const about = { job, turns: usage.modelCalls, usage, toolCalls: [], warnings }
        return value === null
          ? { ...about, ok: false, stop: 'unusable', text: '', problem: `no usable reply: ${problem}` }
          : { ...about, ok: true, stop: 'answered', text: safeJson(value) }
      } catch (error) {
        const stop = stopFor(error, signal)
        const about = { job, turns: 0, usage: noUsage, toolCalls: [], warnings: [] }
        return { ...about, ok: false, stop, text: '', problem: reasonFor(stop) }
      }
    },
    closings: () => [],
    finish: ([first]) => Promise.resolve({ text: first?.text ?? '', closings: [], warnings: [] }),
    isAnswered: (results) => results.length > 0 && results.every(({ ok }) => ok),
  }
}
