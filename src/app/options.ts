import type { Prepared } from './prepare.ts'

/** Tokens that an answer in prose may have. */
export const answerTokens = 2048

/** Options of the model but its window: the same question gets the same answer, unless a skill or a person wants otherwise. */
export function modelOptions({ skill, request }: Pick<Prepared, 'skill' | 'request'>): Record<string, unknown> {
  return {
    temperature: skill.output === 'findings' ? 0 : 0.2,
    seed: 1,
    ...skill.options,
    ...request.model?.options,
  }
}
