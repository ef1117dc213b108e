import { basename, dirname, join } from 'node:path'
import { readdir } from 'node:fs/promises'
import * as z from 'zod'
import { LocalBrainError } from '../errors.ts'
import { explain } from './explain.ts'
import { severities } from './severity.ts'
import { readSkillText } from './load.ts'
import type { Skill } from './skill.ts'
import { parseYaml } from './yaml.ts'

const maxCases = 200

const text = z.string('must be text')
const scalar = z.union([z.string(), z.number(), z.boolean()], 'must be text').transform(String)

/** A file is written where the case is run, so its name must not lead out of there, nor make a repository of it. */
function isInside(path: string): boolean {
  const parts = path.split('/')
  return !/[\\:\0]/.test(path) && parts.every((part) => part !== '' && !/^(?:\.{1,2}|\.git)$/i.test(part))
}

const filesSchema = z.record(text, text, 'must be a mapping of paths and texts').default({})

/** Words that have to be there; of a list in the list one has to. A text alone is a list of one. */
const wordsSchema = z
  .union([text.transform((one) => [one]), z.array(z.union([text, z.array(text)]))], 'must be a text or a list of texts')
  .default([])

const claimSchema = z.strictObject(
  {
    path: text.optional().describe('the file of the finding'),
    line: z.int('must be a line number').positive('must be a line number').optional(),
    defect: text.optional().describe('its kind'),
    severity: z.enum(severities, 'must be critical, high, medium, low or info').optional().describe('at least'),
    says: wordsSchema.describe('words of its title, message, trigger or quote'),
  },
  'must be a mapping',
)

const expectSchema = z.strictObject(
  {
    found: z.array(claimSchema, 'must be a list').default([]).describe('each of them has to be among the findings'),
    not_found: z.array(claimSchema, 'must be a list').default([]).describe('none of them may be'),
    max_findings: z.int('must be a number').nonnegative('must be a number').optional(),
    says: wordsSchema.describe('words of the answer, in any case; of a list one is enough'),
    says_not: wordsSchema.describe('words that the answer must not have'),
  },
  'must be a mapping',
)

const callSchema = z.strictObject({
  name: text,
  arguments: z.record(text, z.unknown(), 'must be a mapping').default({}),
})

const replySchema = z.union(
  [text, z.strictObject({ json: z.record(text, z.unknown()) }), z.strictObject({ calls: z.array(callSchema).min(1) })],
  'must be a text, json: {…} or calls: [{ name, arguments }]',
)

/**
 * A case as a person writes it.
 * @internal
 */
export const caseFileSchema = z.strictObject({
  description: text.optional().describe('What it shows, in one line'),
  prompt: text.default('').describe('What a person would type'),
  files: filesSchema.describe('What is looked at: path and text of each file'),
  workspace: filesSchema.describe('Files that are there for tools and for inputs, and are not given'),
  stdin: text.optional().describe('What is piped in, such as a log or a patch'),
  vars: z
    .record(text, scalar, 'must be a mapping')
    .default({})
    .describe('Values for the inputs of the skill, as --var takes them'),
  expect: expectSchema.describe('What has to be found or said, and what must not'),
  replies: z
    .array(replySchema, 'must be a list')
    .optional()
    .describe('For --scripted: what the model replies, in order'),
})

type CaseFile = z.infer<typeof caseFileSchema>

/** One case of a skill's test: an input, and what the answer has to be like. */
export type Case = CaseFile & {
  /** Of its file, without the ending. */
  name: string
  file: string
}

export type CaseExpectation = CaseFile['expect']
export type CaseClaim = z.infer<typeof claimSchema>

/**
 * The cases beside a skill: `cases/*.yaml` in its folder, sorted by name. They are data, whoever wrote them: nothing in them
 * says where to connect or what may be read. Throws LocalBrainError('usage') without any, and 'invalid-skill' for one that
 * is wrong.
 */
export async function loadCases(skill: Pick<Skill, 'name' | 'file' | 'origin' | 'output'>): Promise<Case[]> {
  return Promise.all(await startCases(skill))
}

/** The same case by case, so that each says what is wrong with it. */
export async function startCases(skill: Parameters<typeof loadCases>[0]): Promise<Promise<Case>[]> {
  const folder = join(dirname(skill.file), 'cases')
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort()
  if (!/^skill\.ya?ml$/i.test(basename(skill.file)) || names.length === 0) throw noCases(skill, folder)
  if (names.length > maxCases) {
    throw new LocalBrainError('usage', `"${folder}" has more than ${maxCases} cases`, { hint: `ls ${folder}` })
  }
  return names.map(async (name) => loadCase(join(folder, name), skill.origin))
}

function noCases({ name, file, origin, output }: Parameters<typeof loadCases>[0], folder: string): LocalBrainError {
  if (origin === 'built-in') {
    // The folder is the package's. An example brings cases of its own kind.
    const example = output === 'findings' ? 'todo-owners' : 'release-notes'
    return new LocalBrainError('usage', `Skill "${name}" is built in and has no cases`, {
      hint: `local-brain skills new my-${name} --from ${example}`,
    })
  }
  const isFolder = /^skill\.ya?ml$/i.test(basename(file))
  const hint = isFolder
    ? `write ${join(folder, 'first.yaml')}; docs/skills.md has an example`
    : `its folder: ${name}/skill.yaml`
  const message = isFolder
    ? `Skill "${name}" has no cases`
    : `Only a skill with a folder of its own has cases, and "${name}" is the file ${file}`
  return new LocalBrainError('usage', message, { hint })
}

async function loadCase(file: string, origin: Skill['origin']): Promise<Case> {
  const { text: source } = await readSkillText(file, origin)
  const parsed = await parseYaml(source, file, 'docs/skills.md, "Testing a skill"')
  const refuse = (message: string, hint = 'docs/skills.md, "Testing a skill"') =>
    new LocalBrainError('invalid-skill', `${file}: ${message}`, { hint })
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw refuse('must be a mapping')
  const result = caseFileSchema.safeParse(parsed)
  if (!result.success) {
    const [problem] = result.error.issues.flatMap((issue) => explain(issue, parsed as Record<string, unknown>, keysAt))
    throw refuse(problem?.message ?? 'is not a case', problem?.hint)
  }
  const outside = [result.data.files, result.data.workspace].flatMap(Object.keys).find((path) => !isInside(path))
  // guard: case-path
  if (outside !== undefined) throw refuse(`"${outside}" is not a path below the folder of the case`, 'such as src/a.ts')
  const { found, not_found, says, says_not, max_findings } = result.data.expect
  if ([...found, ...not_found, ...says, ...says_not].length === 0 && max_findings === undefined) {
    throw refuse('expects nothing, so it would always pass', 'expect: { says: [a word of the answer] }')
  }
  return { ...result.data, name: basename(file).replace(/\.ya?ml$/i, ''), file }
}

function keysAt(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(caseFileSchema.shape)
  return Object.keys(path[0] === 'expect' && path.length > 1 ? claimSchema.shape : expectSchema.shape)
}
