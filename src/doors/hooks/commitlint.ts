import * as z from 'zod'
import { isError } from '../../errors.ts'
import { parseYaml } from '../../skills/yaml.ts'
import type { Workspace } from '../../workspace/workspace.ts'

/** What a commitlint configuration requires of a message. */
export type Commitlint = {
  types?: string[]
  scopes?: string[]
  scope?: 'required' | 'forbidden'
  headerMax?: number
  bodyMax?: number
  /** It has a rule that a composed message may break. */
  isUnsupported: boolean
}

const files = ['package.json', '.commitlintrc', '.commitlintrc.json', '.commitlintrc.yaml', '.commitlintrc.yml']
const configSchema = z.object({ rules: z.record(z.string(), z.unknown()).optional() })
const ruleSchema = z.union([
  z.tuple([z.number()]),
  z.tuple([z.number(), z.enum(['always', 'never'])]),
  z.tuple([z.number(), z.enum(['always', 'never']), z.unknown()]),
])

/** The repository's configuration, if it is data; one that is a program is never run. Undefined without one. */
export async function loadCommitlint(workspace: Workspace): Promise<Commitlint | undefined> {
  for (const file of files) {
    const config = await readConfig(workspace, file)
    const parsed = configSchema.safeParse(config)
    if (config !== undefined && !parsed.success) return { isUnsupported: true }
    if (parsed.success) return parseRules(parsed.data.rules ?? {})
  }
  return undefined
}

async function readConfig(workspace: Workspace, file: string): Promise<unknown> {
  try {
    const { text } = await workspace.read(file)
    if (file === 'package.json') return (JSON.parse(text) as { commitlint?: unknown }).commitlint
    return await parseYaml(text, file)
  } catch (error) {
    // Undefined: there is no such file. Null: there is one that cannot be understood.
    return isError(error, 'not-available') || file === 'package.json' ? undefined : null
  }
}

/** Rules that every composed message keeps. */
const kept = new Set([
  'body-leading-blank',
  'footer-leading-blank',
  'header-trim',
  'subject-empty',
  'subject-full-stop',
  'type-empty',
  'type-case',
  'subject-exclamation-mark',
  'footer-max-line-length',
])

function parseRules(rules: Record<string, unknown>): Commitlint {
  const config: Commitlint = { isUnsupported: false }
  for (const [name, value] of Object.entries(rules)) {
    const rule = ruleSchema.safeParse(value)
    if (!rule.success) return { isUnsupported: true }
    const [level, when = 'always', wanted] = rule.data
    if (level > 0 && !apply(config, name, when, wanted) && level > 1) return { isUnsupported: true }
  }
  return config
}

/** False if a composed message may break the rule. */
function apply(config: Commitlint, name: string, when: 'always' | 'never', wanted: unknown): boolean {
  const words = z.array(z.string()).safeParse(wanted)
  if (kept.has(name)) return (name.endsWith('-empty') || name === 'subject-full-stop') === (when === 'never')
  if (name === 'scope-empty') config.scope = when === 'never' ? 'required' : 'forbidden'
  else if (name === 'type-enum' && words.success && when === 'always') config.types = words.data
  else if (name === 'scope-enum' && words.success && when === 'always') config.scopes = words.data
  else if (name === 'header-max-length' && typeof wanted === 'number') config.headerMax = wanted
  else if (name === 'body-max-line-length' && typeof wanted === 'number') config.bodyMax = wanted
  else return name === 'subject-case' ? when === 'never' || wanted === 'lower-case' : name === 'scope-case'
  return true
}
