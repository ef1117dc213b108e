import * as z from 'zod'
import { recommend } from '../../engines/known-models.ts'
import { LocalBrainError, isError } from '../../errors.ts'
import { checksSchema } from '../../skills/schema.ts'
import type { Skill } from '../../skills/skill.ts'
import { parseYaml } from '../../skills/yaml.ts'
import { escapeLine } from '../../text/escape.ts'
import { type Criterion, findCriteria, titleOf } from './criteria-list.ts'

/** A written task. */
export type Spec = {
  /** What a person calls it: a file, `standard input`. */
  name: string
  /** Its first heading. */
  title: string
  /** What the model is given: all but the front matter. */
  task: string
  status?: string
  /** The files that the work is about, as far as the spec says. */
  targets: string[]
  model?: string
  checks: Skill['checks']
  /** Globs of what may be written. */
  scope?: string[]
  /** Their lines are those of the whole text. */
  criteria: Criterion[]
  /** What its author should know about. */
  warnings: string[]
}

/** Bytes of a whole spec, and characters of its front matter. */
export const maxSpecBytes = 200 * 1024
const maxFront = 64 * 1024

const words = z.union([z.string().transform((one) => [one]), z.array(z.string())])

const frontSchema = z.object({
  status: z.string().optional(),
  target_files: words.optional(),
  model: z.string().optional(),
  checks: checksSchema.optional(),
  scope: words.optional(),
})

/** Keys that are understood; `type` belongs to the tools that specs come from. */
const known = ['type', ...Object.keys(frontSchema.shape)]

/** What each key has to hold, as a line to copy. */
const examples: Readonly<Record<string, string>> = {
  status: 'status: pending',
  target_files: 'target_files: [src/a.ts]',
  model: `model: ${recommend().name}`,
  checks: 'checks: [npm test]',
  scope: 'scope: [src/**]',
}

/**
 * Reads a task: Markdown, with front matter or without. Rejects with LocalBrainError('usage') when it holds no task, is
 * too long, or its front matter can't be used.
 */
export async function parseSpec(text: string, name: string): Promise<Spec> {
  if (Buffer.byteLength(text) > maxSpecBytes) throw tooLong(name)
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const end = frontEnd(lines)
  const front = await parseFront(lines.slice(1, Math.max(1, end)), name)
  const start = front === undefined ? 0 : end + 1
  const body = lines.slice(start)
  const task = body.join('\n').trim()
  if (task === '') throw new LocalBrainError('usage', `"${escapeLine(name)}" holds no task`, { hint: example })
  const { target_files: targets = [], checks = [], status, model, scope } = front?.values ?? {}
  const criteria = findCriteria(body).map((one) => ({ ...one, line: one.line + start }))
  const warnings = front?.warnings ?? []
  return { name, title: titleOf(body), task, status, targets, model, checks, scope, criteria, warnings }
}

const example = 'write what has to be done, as in: printf "# Fix the total\\n" | local-brain work -'

function tooLong(name: string): LocalBrainError {
  return new LocalBrainError('usage', `"${escapeLine(name)}" is longer than ${maxSpecBytes / 1024} kB`, {
    hint: 'divide the task into several specs',
  })
}

/** The line that ends the front matter; 0 without one. */
function frontEnd(lines: readonly string[]): number {
  if (lines[0]?.trimEnd() !== '---') return 0
  return Math.max(
    0,
    lines.findIndex((line, at) => at > 0 && /^(?:---|\.\.\.)\s*$/.test(line)),
  )
}

type Front = { values: z.infer<typeof frontSchema>; warnings: string[] }

/** Undefined when the lines between two rules are no mapping, and so belong to the text. */
async function parseFront(lines: readonly string[], name: string): Promise<Front | undefined> {
  if (lines.length === 0) return undefined
  const text = lines.join('\n')
  const refuse = (problem: string, hint: string) =>
    new LocalBrainError('usage', `The front matter of "${escapeLine(name)}" is not valid: ${problem}`, { hint })
  // guard: spec-front
  if (text.length > maxFront) throw refuse(`it is longer than ${maxFront / 1024} kB`, 'put the task below it')
  const given = await parseYaml(text, name).catch((error: unknown) => {
    // Nothing but comments.
    if (isError(error, 'invalid-skill') && error.message.endsWith('is empty')) return {}
    throw isError(error, 'invalid-skill')
      ? refuse(error.message, 'correct the line, counted below the first ---')
      : error
  })
  if (given === null) return { values: {}, warnings: [] }
  if (typeof given !== 'object' || Array.isArray(given)) return undefined
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
  const parsed = frontSchema.safeParse(filled)
  if (!parsed.success) {
    const key = String(parsed.error.issues[0]?.path[0] ?? '')
    throw refuse(`"${key}" has a value that can't be used`, examples[key] ?? 'leave it out')
  }
  const strangers = Object.keys(filled).filter((key) => !known.includes(key))
  const named = strangers.slice(0, 10).map((key) => `"${escapeLine(key).slice(0, 60)}"`)
  const warnings = strangers.length === 0 ? [] : [`the front matter's ${named.join(', ')} means nothing here`]
  return { values: parsed.data, warnings }
}
