import { includes } from '../core/access.ts'
import { isError } from '../errors.ts'
import { suggestion } from '../text/nearest.ts'
import { parseGlob } from '../workspace/glob.ts'
import type { Problem } from './check-template.ts'
import { loadNunjucks } from './nunjucks.ts'
import type { SkillFile } from './schema.ts'
import type { KnownTool, Skill, SkillOrigin } from './skill.ts'

const defaultable = ['filename', 'content', 'input', 'kind', 'focus']

/** Where the text of a skill is from. */
export type CheckedSource = {
  file: string
  origin: SkillOrigin
  /** All tools. */
  tools: readonly KnownTool[]
}

/** A skill and everything that is wrong with its file. Undefined if the file is too wrong to make one. */
export type CheckedSkill = { skill: Skill | undefined; problems: Problem[] }

export const noDescription: Problem = {
  message: 'description is missing',
  hint: 'add a line "description: what it is for"',
}

type IsRight = (...keys: (keyof SkillFile)[]) => boolean

/** Lists all the problems of a skill's text. Throws when it is not YAML. */
export async function checkText(
  source: CheckedSource,
  { text, hash }: { text: string; hash: string },
): Promise<CheckedSkill> {
  const [{ parseSkillFile, reserved }, { parseYaml }] = await Promise.all([import('./schema.ts'), import('./yaml.ts')])
  const { file, wrong, problems: own } = parseSkillFile(await parseYaml(text, source.file))
  if (!file) return { skill: undefined, problems: own }
  const isRight: IsRight = (...keys) => !keys.some((key) => wrong.has(key))
  const templates = isRight('inputs')
    ? await checkTemplates(file, reserved, isRight)
    : { problems: [], used: new Set<string>() }
  const problems = [
    ...own,
    // guard: skill-tools
    ...crossProblems(file, source.tools, isRight),
    ...templates.problems,
  ]
  if (file.description === undefined && isRight('description')) problems.push(noDescription)
  if (wrong.size > 0) return { skill: undefined, problems }
  const needsInput = file.tools.length === 0 || given.some((name) => templates.used.has(name))
  return { skill: { ...toSkill(file, source, hash), needsInput }, problems }
}

/** The names of what a person gives a run to work on. */
const given = ['input', 'content', 'files', 'filename', 'path', 'language', 'diff']

function toSkill(file: SkillFile, source: CheckedSource, hash: string): Omit<Skill, 'needsInput'> {
  return {
    name: file.name,
    description: file.description ?? file.name,
    model: file.model ?? file.model_preference ?? [],
    system: file.system_prompt,
    prompt: file.user_prompt_template,
    inputs: file.inputs,
    tools: [...new Set(file.tools)],
    offerTools: file.offer_tools,
    access: file.access,
    checks: file.checks,
    commands: file.commands,
    scope: file.scope,
    output: file.output_format,
    defects: file.defects,
    batch: file.batch,
    limits: file.limits,
    options: file.options,
    file: source.file,
    origin: source.origin,
    sha256: hash,
    warnings: [],
  }
}

/** What is wrong between keys, each of which is right. `isRight`: nothing is said of what a wrong key might have meant. */
function crossProblems(file: SkillFile, tools: readonly KnownTool[], isRight: IsRight): Problem[] {
  const names = tools.map(({ name }) => name)
  const unknown = file.tools.filter((tool) => !names.includes(tool))
  const problems: Problem[] = unknown.map((tool) => ({
    message: `Skill "${file.name}" asks for an unknown tool "${tool}"`,
    hint: suggestion(tool, names),
  }))
  if (file.model && file.model_preference)
    problems.push({ message: 'model_preference is another name for model; keep one' })
  return [
    ...problems,
    ...(isRight('access', 'output_format') ? accessProblems(file, tools) : []),
    ...(file.scope ?? []).flatMap(globProblem),
    ...(isRight('output_format') ? defectProblems(file) : []),
  ]
}

/** What a skill may do at most has to be said in one place, for whoever reads it before it is trusted. */
function accessProblems(
  { access, tools: wanted, output_format: output }: SkillFile,
  tools: readonly KnownTool[],
): Problem[] {
  // guard: tool-above-access
  const above = tools.filter((tool) => wanted.includes(tool.name) && !includes(access, tool.access))
  const problems: Problem[] = above.map((tool) => ({
    message: `access is ${access}, and the tool "${tool.name}" needs ${tool.access}`,
    hint: `add a line "access: ${tool.access}", or leave the tool out`,
  }))
  // guard: findings-only-read
  if (output === 'findings' && access !== 'read')
    problems.push({ message: `output_format findings only reads, and access is ${access}`, hint: 'leave access out' })
  return problems
}

function defectProblems({ defects = [], output_format: output }: SkillFile): Problem[] {
  const names = defects.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  return [
    ...(twice === undefined ? [] : [{ message: `defects: "${twice}" is there twice` }]),
    ...(defects.length > 0 && output !== 'findings'
      ? [{ message: `defects are for findings, and output_format is ${output}`, hint: 'output_format: findings' }]
      : []),
  ]
}

function globProblem(glob: string): Problem[] {
  try {
    parseGlob(glob)
    return []
  } catch (error) {
    if (!isError(error)) throw error
    return [{ message: `scope: ${error.message}`, hint: 'scope: [src/**, test/**]' }]
  }
}

/** What is wrong with the templates, and the names that they use. */
async function checkTemplates(
  file: SkillFile,
  reserved: readonly string[],
  isRight: IsRight,
): Promise<{ problems: Problem[]; used: ReadonlySet<string> }> {
  const [nunjucks, { checkTemplate }] = await Promise.all([loadNunjucks(), import('./check-template.ts')])
  const inputs = Object.keys(file.inputs)
  const used = new Set<string>()
  const names = { known: [...reserved, ...defaultable, ...inputs], optional: [...defaultable, ...inputs], used }
  const problems = (['system_prompt', 'user_prompt_template'] as const).flatMap((key) =>
    checkTemplate(nunjucks, file[key], names).map((problem) => ({ ...problem, message: `${key} ${problem.message}` })),
  )
  const unused = isRight('system_prompt', 'user_prompt_template') ? inputs.filter((name) => !used.has(name)) : []
  const harmless = unused.map((name) => ({
    message: `inputs.${name} is used by no template`,
    hint: `{{ ${name} }}`,
    harmless: true,
  }))
  return { problems: [...problems, ...harmless], used }
}
