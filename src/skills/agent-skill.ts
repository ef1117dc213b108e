import * as z from 'zod'
import { LocalBrainError } from '../errors.ts'
import { findHidden, parseYaml } from './yaml.ts'

/** A `SKILL.md` in the Agent Skills format (agentskills.io/specification), parsed and checked but not trusted. */
export type AgentSkill = {
  name: string
  description: string
  license?: string
  metadata: Record<string, string>
  /** One entry for each tool, as written: `Read`, `Bash(git log:*)`. Undefined when the skill has no list. */
  allowedTools?: string[]
  /** Everything after the front matter, trimmed. */
  body: string
  /** Unknown keys of the front matter. */
  otherKeys: string[]
}

/** The place of an exported skill's YAML, and the only place where an import looks for one. */
export const sidecar = { key: 'local-brain.spec', path: 'assets/skill.yaml' } as const

/** 1 to 64 of a-z, 0-9 and single hyphens, not at either end. */
export const agentSkillName = /^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/
export const maxDescription = 1024

const text = z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be text') })
const scalar = z.union([z.string(), z.number(), z.boolean()], 'must be text').transform(String)

const frontMatterSchema = z.looseObject({
  name: text.regex(agentSkillName, 'must be 1 to 64 of a-z, 0-9 and single hyphens inside'),
  description: text
    .refine((value) => value.trim() !== '', 'must not be empty')
    .max(maxDescription, `must have at most ${maxDescription} characters`),
  license: text.optional(),
  compatibility: text.max(500, 'must have at most 500 characters').optional(),
  metadata: z.record(text, scalar, 'must be a mapping').default({}),
  'allowed-tools': z.union([text, z.array(text)], 'must be text').optional(),
})

/** Front matter and body of a `SKILL.md`. Throws LocalBrainError('invalid-skill') naming `file`. */
export async function parseAgentSkill(source: string, file: string): Promise<AgentSkill> {
  const text = source.replace(/\r\n/g, '\n')
  const refuse = (problem: string) => new LocalBrainError('invalid-skill', `${file}: ${problem}`, { hint: rules })
  const [whole, head = ''] = /^---[ \t]*\n([\s\S]*?)^---[ \t]*(?:\n|$)/m.exec(text) ?? []
  if (whole === undefined || !text.startsWith(whole)) throw refuse('has no front matter between two lines "---"')
  const hidden = findHidden(text)
  if (hidden) {
    const line = text.slice(0, hidden.index).split('\n').length
    throw new LocalBrainError('invalid-skill', `${file}:${line}: has an invisible character (${hidden.codePoint})`, {
      hint: `grep -nP '[^\\x09\\x0A\\x20-\\x7E]' ${file}`,
    })
  }
  // The empty line replaces the first "---", so that line numbers in errors are those of the file.
  const parsed = frontMatterSchema.safeParse(await parseYaml(`\n${head}`, file, rules))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(`${issue?.path.join('.') || 'the front matter'} ${issue?.message ?? 'is not valid'}`)
  }
  const body = text.slice(whole.length).trim()
  if (body === '') throw refuse('has no instructions after the front matter')
  return toAgentSkill(parsed.data, body)
}

const rules = 'the format: https://agentskills.io/specification'

function toAgentSkill(front: z.infer<typeof frontMatterSchema>, body: string): AgentSkill {
  const { name, description, license, compatibility: _, metadata, 'allowed-tools': allowed, ...others } = front
  return {
    name,
    description: description.trim(),
    license,
    metadata,
    allowedTools: allowed === undefined ? undefined : toolNames(allowed),
    body,
    otherKeys: Object.keys(others),
  }
}

/** The specification separates tools with spaces; Claude Code uses commas or a list. A pattern may contain both. */
function toolNames(allowed: string | string[]): string[] {
  return [allowed].flat().flatMap((part) => part.match(/[^\s,()]+(?:\([^)]*\))?/g) ?? [])
}
