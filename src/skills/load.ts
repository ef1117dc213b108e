import { constants, readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { includes } from '../core/access.ts'
import { sha256 } from '../text/hash.ts'
import { LocalBrainError, isError } from '../errors.ts'
import type { Problem } from './check-template.ts'
import { keepSkill, recallSkill } from './kept.ts'
import { loadNunjucks } from './nunjucks.ts'
import { suggestion } from '../text/nearest.ts'
import type { Store } from '../store/store.ts'
import { locate, openConfined } from '../workspace/confine.ts'
import { parseGlob } from '../workspace/glob.ts'
import type { SkillFile } from './schema.ts'
import type { KnownTool, Skill, SkillOrigin } from './skill.ts'
import { repositoryOf } from './repository-skill.ts'

const maxBytes = 64 * 1024
const defaultable = ['filename', 'content', 'input', 'kind', 'focus']

export type SkillSource = {
  file: string
  origin: SkillOrigin
  /** All tools. */
  tools: readonly KnownTool[]
  /** The SHA-256 of the only content that may be parsed. */
  granted?: string
  /** Where checked skills are kept between runs: a sealed store. */
  kept?: Store
}

/** A skill and everything that is wrong with its file. Undefined if the file is too wrong to make one. */
export type CheckedSkill = { skill: Skill | undefined; problems: Problem[] }

/** Reads and validates a skill file. Throws LocalBrainError('invalid-skill') with its first problem. */
export async function loadSkill(source: SkillSource): Promise<Skill> {
  const built = source.origin === 'built-in' ? loadBuilt(source.file) : undefined
  if (built) return built
  const read = await readSource(source)
  const keeping = { ...source, store: source.kept, hash: read.hash }
  const known = await recallSkill(keeping)
  if (known !== undefined) return known
  const { skill, problems } = await checkRead(source, read)
  // A file named on the command line is the person's own, so one without a description runs, with a warning.
  const isHarmless = (one: Problem) => one.harmless === true || (one === noDescription && source.origin === 'path')
  const problem = problems.find((one) => !isHarmless(one))
  if (skill === undefined || problem !== undefined) {
    throw invalidSkill(source.file, problem ?? { message: 'is not a skill' })
  }
  const warnings = problems.map(({ message }) => `${source.file}: ${message}`)
  const loaded = { ...skill, compiled: await compile(skill), warnings }
  await keepSkill(keeping, loaded)
  return loaded
}

/** The code of both templates, which were checked. */
async function compile({ system, prompt }: Skill): Promise<Skill['compiled']> {
  const [nunjucks, { toCode }] = await Promise.all([loadNunjucks(), import('./check-template.ts')])
  return { system: toCode(nunjucks, system), prompt: toCode(nunjucks, prompt) }
}

/**
 * A built-in skill as the build wrote it beside its YAML, so that a start need not parse, check and compile it.
 * Undefined in the sources, which have only the YAML.
 */
function loadBuilt(file: string): Skill | undefined {
  try {
    return { ...(JSON.parse(readFileSync(join(dirname(file), 'skill.json'), 'utf8')) as Skill), file }
  } catch {
    return undefined
  }
}

const noDescription: Problem = { message: 'description is missing', hint: 'add a line "description: what it is for"' }

/** Reads a skill file and lists all its problems. Throws when it cannot be read or is not YAML. */
export async function checkSkill(source: SkillSource): Promise<CheckedSkill> {
  return checkRead(source, await readSource(source))
}

type Read = { bytes: Buffer; hash: string }

/** Throws LocalBrainError('untrusted-skill') where the content is not what was granted. */
async function readSource(source: SkillSource): Promise<Read> {
  const bytes = await readBytes(source)
  const hash = sha256(bytes)
  // guard: skill-unchanged
  if (source.granted !== undefined && source.granted !== hash) throw changed(source.file)
  return { bytes, hash }
}

async function checkRead(source: SkillSource, { bytes, hash }: Read): Promise<CheckedSkill> {
  const [{ parseSkillFile, reserved }, { parseYaml }] = await Promise.all([import('./schema.ts'), import('./yaml.ts')])
  const parsed = parseSkillFile(await parseYaml(decode(bytes, source.file), source.file))
  if (!parsed.file) return { skill: undefined, problems: parsed.problems }
  const { file } = parsed
  const templates = await checkTemplates(file, reserved)
  const problems = [
    ...parsed.problems,
    // guard: skill-tools
    ...crossProblems(file, source.tools),
    ...templates.problems,
  ]
  if (file.description === undefined) problems.push(noDescription)
  const needsInput = file.tools.length === 0 || given.some((name) => templates.used.has(name))
  return { skill: { ...toSkill(file, source, hash), needsInput }, problems }
}

/** The names of what a person gives a run to work on. */
const given = ['input', 'content', 'files', 'filename', 'path', 'language', 'diff']

function toSkill(file: SkillFile, source: SkillSource, hash: string): Omit<Skill, 'needsInput'> {
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

function crossProblems(file: SkillFile, tools: readonly KnownTool[]): Problem[] {
  const names = tools.map(({ name }) => name)
  const unknown = file.tools.filter((tool) => !names.includes(tool))
  const problems: Problem[] = unknown.map((tool) => ({
    message: `Skill "${file.name}" asks for an unknown tool "${tool}"`,
    hint: suggestion(tool, names),
  }))
  if (file.model && file.model_preference)
    problems.push({ message: 'model_preference is another name for model; keep one' })
  return [...problems, ...accessProblems(file, tools), ...defectProblems(file)]
}

/** What a skill may do at most has to be said in one place, for whoever reads it before it is trusted. */
function accessProblems(
  { access, tools: wanted, output_format: output, scope }: SkillFile,
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
  return [...problems, ...(scope ?? []).flatMap(globProblem)]
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
): Promise<{ problems: Problem[]; used: ReadonlySet<string> }> {
  const [nunjucks, { checkTemplate }] = await Promise.all([loadNunjucks(), import('./check-template.ts')])
  const inputs = Object.keys(file.inputs)
  const used = new Set<string>()
  const names = { known: [...reserved, ...defaultable, ...inputs], optional: [...defaultable, ...inputs], used }
  const problems = (['system_prompt', 'user_prompt_template'] as const).flatMap((key) =>
    checkTemplate(nunjucks, file[key], names).map((problem) => ({ ...problem, message: `${key} ${problem.message}` })),
  )
  const unused = inputs.filter((name) => !used.has(name))
  const harmless = unused.map((name) => ({
    message: `inputs.${name} is used by no template`,
    hint: `{{ ${name} }}`,
    harmless: true,
  }))
  return { problems: [...problems, ...harmless], used }
}

/** Reads a file of a skill, which has to be UTF-8 and at most 64 KB. */
export async function readSkillText(
  file: string,
  origin: SkillOrigin = 'path',
): Promise<{ text: string; bytes: Buffer }> {
  const bytes = await readBytes({ file, origin })
  return { text: decode(bytes, file), bytes }
}

function invalidSkill(file: string, problem: Problem): LocalBrainError {
  const hint = problem.hint ?? `local-brain skills check ${file}`
  return new LocalBrainError('invalid-skill', `${file}: ${problem.message}`, { hint })
}

function changed(file: string): LocalBrainError {
  return new LocalBrainError('untrusted-skill', `"${file}" has changed since it was trusted`, {
    hint: `read it, then: local-brain trust ${file}`,
  })
}

type Place = Pick<SkillSource, 'file' | 'origin'>

/** A repository's skill is read like every file in a repository: links must not lead out of it. */
async function openSource({ file, origin }: Place): Promise<FileHandle> {
  const own = origin === 'repository' ? await repositoryOf(file) : undefined
  if (own) return openConfined(own.root, own.path, await locate(own.root, own.path))
  // Without O_NONBLOCK this would wait for a named pipe. With it, reading at a position fails on everything but files.
  return open(file, constants.O_RDONLY | constants.O_NONBLOCK)
}

async function readBytes(source: Place): Promise<Buffer> {
  const { file } = source
  try {
    const handle = await openSource(source)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0)
      // guard: skill-size
      if (bytesRead > maxBytes) throw invalidSkill(file, { message: `is larger than ${maxBytes / 1024} KB` })
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (isError(cause) && !isError(cause, 'not-available')) throw cause
    throw new LocalBrainError('unknown-skill', `Cannot read a skill from "${file}"`, {
      hint: 'local-brain skills',
      cause,
    })
  }
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalidSkill(file, { message: 'is not UTF-8 text' })
  }
}
