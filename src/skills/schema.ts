import * as z from 'zod'
import { accessLevels } from '../core/access.ts'
import type { Problem } from './check-template.ts'
import { explain, show } from './explain.ts'
import { severities } from './severity.ts'
import { inputTypes, wrongInput } from './input.ts'
import { nearest } from '../text/nearest.ts'

const positive = 'must be a positive integer'
const count = z.int(positive).positive(positive)
const text = z.string('must be text')
const modelName = text.regex(/^[^\s]{1,200}$/, 'must be the name of a model')
const scalar = z.union([z.string(), z.number(), z.boolean()], 'must be text').transform(String)
const name = text.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be letters, digits, "-", "_" and "."')
const inputName = /^[A-Za-z_]\w{0,63}$/

const inputSchema = z.strictObject(
  {
    description: text.default(''),
    type: z.enum(inputTypes, `must be ${inputTypes.join(', ')}`).default('text'),
    default: scalar.optional(),
    choices: z.array(scalar, 'must be a list').min(1, 'must not be empty').optional(),
  },
  'must be a mapping',
)

const limitsSchema = z.strictObject(
  {
    turns: count.optional(),
    timeout: count.optional(),
    rounds: count.optional(),
    changed_files: count.optional(),
    changed_lines: count.optional(),
  },
  'must be a mapping',
)

const checkSchema = z.strictObject(
  {
    name: text.optional(),
    command: text,
    timeout: count.optional(),
    required: z.boolean('must be true or false').default(true),
  },
  'must be a command or a mapping',
)

/** A command alone, or one with a name. */
export const checksSchema = z
  .array(
    z.union([text.transform((command) => ({ command, required: true })), checkSchema]),
    'must be a list of commands',
  )
  .transform((checks) => checks.map((check) => ({ ...check, name: ('name' in check && check.name) || check.command })))

const defectSchema = z.strictObject(
  {
    name: text.regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be small letters, digits and "-"'),
    description: text.regex(/^[^\n]{1,300}$/, 'must be one sentence'),
    severity: z.enum(severities, 'must be critical, high, medium, low or info').default('medium'),
  },
  'must be a mapping',
)

const modelSchema = z.union(
  [modelName.transform((one) => [one]), z.array(modelName)],
  'must be the name of a model or a list of names',
)

/**
 * A skill file as a person writes it. An earlier key is the better guess for a misspelt one.
 * @internal
 */
export const skillFileSchema = z.strictObject({
  name: name.describe('What it is called: local-brain -s <name>'),
  description: text.optional().describe('What it is for, in one line'),
  user_prompt_template: text.describe('The message to the model, a nunjucks template'),
  system_prompt: text.default('').describe('The instructions to the model, a nunjucks template'),
  model: modelSchema.optional().describe('A model, or several in order of preference; without it one is chosen'),
  model_preference: modelSchema.optional().describe('Another name for model'),
  inputs: z
    .record(text, inputSchema, 'must be a mapping')
    .default({})
    .describe('What --var name=value accepts; the templates know each by its name'),
  tools: z.array(text, 'must be a list of tool names').default([]).describe('The tools that the model may call'),
  offer_tools: z
    .enum(['always', 'without-input'], 'must be always or without-input')
    .default('always')
    .describe('without-input: only when nothing but a prompt is given'),
  access: z
    .enum(accessLevels, 'must be read, write or run')
    .default('read')
    .describe('The most that its tools may do, whatever a person allows'),
  checks: checksSchema.default([]).describe('Commands whose success says whether the work is done'),
  commands: z
    .array(text, 'must be a list of commands')
    .optional()
    .describe('The beginnings of the commands that it may run; without it any'),
  scope: z
    .array(text, 'must be a list of globs')
    .min(1, 'must not be empty')
    .optional()
    .describe('Globs of what it may write; without it the workspace'),
  output_format: z
    .enum(['markdown', 'findings', 'text'], 'must be markdown, findings or text')
    .default('markdown')
    .describe('findings: defects anchored in the input. text: nothing but the answer'),
  defects: z
    .array(defectSchema, 'must be a list')
    .min(1, 'must not be empty')
    .max(40, 'must be at most 40')
    .optional()
    .describe(
      'With findings: the kinds of defect to look for, in place of the built-in ones; {{ defects }} lists them',
    ),
  batch: z
    .enum(['each', 'together'], 'must be each or together')
    .default('each')
    .describe('each: every file on its own. together: as many as the window holds'),
  limits: limitsSchema.default({}).describe('Turns, seconds, rounds, changed files and lines'),
  options: z
    .record(text, z.union([z.number(), text, z.boolean(), z.array(text)], 'must be a plain value'), 'must be a mapping')
    .default({})
    .describe('Passed to the model: temperature, seed, top_p and others'),
})

export type SkillFile = z.infer<typeof skillFileSchema>

const nested: Record<string, { shape: object }> = { limits: limitsSchema, checks: checkSchema, defects: defectSchema }

const keysAt = (path: readonly PropertyKey[]): string[] => {
  if (path.length === 0) return Object.keys(skillFileSchema.shape)
  const schema = nested[String(path[0])] ?? inputSchema
  return Object.keys(schema.shape)
}

type ParsedSkill = {
  /** What is right of it, and the defaults in place of what is not; undefined where it has no keys. */
  file: SkillFile | undefined
  /** The keys that are wrong, unknown, or may be what an unknown one means: empty when the file is a skill. */
  wrong: ReadonlySet<string>
  problems: Problem[]
}

/** Validates the content of a skill file. A key without a value counts as absent. */
export function parseSkillFile(value: unknown): ParsedSkill {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = 'must be a mapping of keys such as name and user_prompt_template'
    return { file: undefined, wrong: new Set(), problems: [{ message }] }
  }
  const given = Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null))
  const parsed = skillFileSchema.safeParse(given)
  if (parsed.success) return { file: parsed.data, wrong: new Set(), problems: inputProblems(parsed.data) }
  const { issues } = parsed.error
  const wrong = new Set(issues.flatMap((issue) => wrongKeys(issue, given)))
  const right = Object.entries(given).filter(([key]) => !wrong.has(key))
  // The rest is looked at too, so that a person need not come back for each problem.
  const file = skillFileSchema.parse({ name: 'skill', user_prompt_template: '', ...Object.fromEntries(right) })
  const problems = issues.flatMap((issue) => explain(issue, given, keysAt))
  return { file, wrong, problems: [...problems, ...inputProblems(file)] }
}

function wrongKeys({ path: [key], ...issue }: z.core.$ZodIssue, given: object): string[] {
  if (key !== undefined) return [String(key)]
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : []
  const open = Object.keys(skillFileSchema.shape).filter((one) => !(one in given))
  return unknown.flatMap((one) => [one, nearest(one, open) ?? one])
}

function inputProblems(file: SkillFile): Problem[] {
  return Object.entries(file.inputs).flatMap(([input, declared]) => {
    const { default: value, type } = declared
    const problems: Problem[] = []
    if (!inputName.test(input)) problems.push({ message: `inputs.${input} must be a name of letters, digits and "_"` })
    if (reserved.includes(input))
      problems.push({ message: `inputs.${input} is a reserved name, which every template has` })
    const wrong = value === undefined || type === 'file' ? undefined : wrongInput(declared, value)
    if (wrong !== undefined) problems.push({ message: `inputs.${input}.default ${wrong.message}, got ${show(value)}` })
    if (type === 'file' && value !== undefined)
      problems.push({ message: `inputs.${input}.default: a file is named by the person, so it has no default` })
    if (type !== 'text' && declared.choices)
      problems.push({ message: `inputs.${input}.choices are for an input of type text` })
    return problems
  })
}

/** The names of values that every template has, whatever the skill declares. */
export const reserved: readonly string[] = [
  'input',
  'filename',
  'path',
  'language',
  'content',
  'files',
  'diff',
  'branch',
  'fence',
  'project_rules',
  'defects',
]
