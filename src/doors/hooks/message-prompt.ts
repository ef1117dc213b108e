import * as z from 'zod'
import { isRecord } from '../../core/fits.ts'
import { type Gathered, linesOf } from '../../input/unit.ts'
import { clipLine } from '../../text/clip.ts'
import type { MessageFields } from './compose-message.ts'
import type { MessageRules } from './message-rules.ts'

const noScope = 'none'

/** The fields of a message, with the only values that the repository has for them. */
export function messageSchema({ types, scopes }: MessageRules): z.ZodType<MessageFields> {
  return z.preprocess(
    withBareType,
    z.object({
      type: z.enum(types as [string, ...string[]]),
      scope: z.enum([noScope, ...scopes]),
      subject: z.string(),
      why: z.string(),
    }),
  )
}

/** The type as `feat!` or `feat(store)!`: the mark of a break goes to the subject, where it is looked for. */
function withBareType(value: unknown): unknown {
  if (!isRecord(value) || typeof value['type'] !== 'string') return value
  const [, type, mark] = /^\s*([a-z]+)(?:\([^()]*\))?(!)?:?\s*$/i.exec(value['type']) ?? []
  if (type === undefined) return value
  const { subject } = value
  return { ...value, type, subject: mark && typeof subject === 'string' ? `${type}!: ${subject}` : subject }
}

/** Characters for the list of files: enough for a hundred. The diff matters more. */
const maxListed = 4000

/** The inputs with which the skill `commit-message` answers with fields. */
export function messageInputs(gathered: Gathered, rules: MessageRules): Record<string, string> {
  return {
    form: 'fields',
    changed: clipLine(fileList(gathered), maxListed),
    recent: rules.recent.slice(0, 3).join('\n'),
  }
}

/** Lists all files with their changed lines, so that the model knows of changes that it is not shown. */
function fileList({ units, skipped }: Gathered): string {
  const counts = new Map<string, { added: number; removed: number }>()
  for (const unit of units) {
    const { path } = unit
    const lines = linesOf(unit)
    const count = counts.get(path) ?? { added: 0, removed: 0 }
    count.added += lines.filter((line) => line.kind === 'added').length
    count.removed += lines.filter((line) => line.kind === 'removed').length
    counts.set(path, count)
  }
  const changed = [...counts].map(([path, { added, removed }]) => `${path} +${added} -${removed}`)
  return [...changed, ...skipped.map(({ path, reason }) => `${path} (${reason})`)].join('\n')
}
