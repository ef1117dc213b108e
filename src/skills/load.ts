import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { sha256 } from '../text/hash.ts'
import { LocalBrainError, isError } from '../errors.ts'
import type { Problem } from './check-template.ts'
import { loadEngine } from './engine.ts'
import { suggestion } from '../text/nearest.ts'
import { locate, openConfined } from '../workspace/confine.ts'
import { loadBuilt } from './built.ts'
import type { SkillFile } from './schema.ts'
import type { Skill, SkillOrigin } from './skill.ts'
import { repositoryOf } from './repository-skill.ts'

const maxBytes = 64 * 1024
const defaultable = ['filename', 'content', 'input', 'kind', 'focus']

export type SkillSource = {
  file: string
  origin: SkillOrigin
  /** Names of every tool there is. */
  tools: readonly string[]
  /** The only content that may be parsed, by its sha256. */
  granted?: string
}

/** A skill file with all that is wrong with it; there is a skill only when nothing is. */
export type CheckedSkill = { skill: Skill | undefined; problems: Problem[] }

/** Reads and validates a skill file. Throws LocalBrainError('invalid-skill') with the first thing that is wrong. */
export async function loadSkill(source: SkillSource): Promise<Skill> {
  const built = source.origin === 'built-in' ? await loadBuilt(source.file) : undefined
  if (built) return built
  const { skill, problems } = await checkSkill(source)
  if (skill && problems.length === 0) return skill
  // A file named on the command line is somebody's own: one without a description runs, and is told about it.
  const [problem, ...others] = problems
  if (skill && source.origin === 'path' && problem === noDescription && others.length === 0) {
    return { ...skill, warnings: [`${source.file}: ${problem.message}`] }
  }
  throw invalidSkill(source.file, problem ?? { message: 'is not a skill' })
}

const noDescription: Problem = { message: 'description is missing', hint: 'add a line "description: what it is for"' }

/** Reads a skill file and says everything that is wrong with it. Throws when it cannot be read or parsed as YAML. */
export async function checkSkill(source: SkillSource): Promise<CheckedSkill> {
  const bytes = await readBytes(source)
  const hash = sha256(bytes)
  // guard: skill-unchanged
  if (source.granted !== undefined && source.granted !== hash) throw changed(source.file)
  const [{ parseSkillFile, reserved }, { parseYaml }] = await Promise.all([import('./schema.ts'), import('./yaml.ts')])
  const parsed = parseSkillFile(await parseYaml(decode(bytes, source.file), source.file))
  if (!parsed.file) return { skill: undefined, problems: parsed.problems }
  const { file } = parsed
  const problems = [
    ...parsed.problems,
    // guard: skill-tools
    ...crossProblems(file, source.tools),
    ...(await templateProblems(file, reserved)),
  ]
  if (file.description === undefined) problems.push(noDescription)
  return { skill: toSkill(file, source, hash), problems }
}

function toSkill(file: SkillFile, source: SkillSource, hash: string): Skill {
  return {
    name: file.name,
    description: file.description ?? file.name,
    model: file.model ?? file.model_preference ?? [],
    system: file.system_prompt,
    prompt: file.user_prompt_template,
    inputs: file.inputs,
    tools: [...new Set(file.tools)],
    output: file.output_format,
    batch: file.batch,
    limits: file.limits,
    options: file.options,
    file: source.file,
    origin: source.origin,
    sha256: hash,
    warnings: [],
  }
}

function crossProblems(file: SkillFile, tools: readonly string[]): Problem[] {
  const unknown = file.tools.filter((tool) => !tools.includes(tool))
  const problems: Problem[] = unknown.map((tool) => ({
    message: `Skill "${file.name}" asks for an unknown tool "${tool}"`,
    hint: suggestion(tool, tools),
  }))
  if (file.model && file.model_preference)
    problems.push({ message: 'model_preference is another name of model; keep one' })
  return problems
}

async function templateProblems(file: SkillFile, reserved: readonly string[]): Promise<Problem[]> {
  const [engine, { checkTemplate }] = await Promise.all([loadEngine(), import('./check-template.ts')])
  const inputs = Object.keys(file.inputs)
  const names = { known: [...reserved, ...defaultable, ...inputs], optional: [...defaultable, ...inputs] }
  return (['system_prompt', 'user_prompt_template'] as const).flatMap((key) =>
    checkTemplate(engine, file[key], names).map((problem) => ({ ...problem, message: `${key} ${problem.message}` })),
  )
}

/** A file of at most 64 KB and UTF-8, which is what every file of a skill has to be. */
export async function readSkillText(file: string): Promise<{ text: string; bytes: Buffer }> {
  const bytes = await readBytes({ file, origin: 'path' })
  return { text: decode(bytes, file), bytes }
}

function invalidSkill(file: string, problem: Problem): LocalBrainError {
  const hint = problem.hint ?? `local-brain skills check ${file}`
  return new LocalBrainError('invalid-skill', `${file}: ${problem.message}`, { hint })
}

function changed(file: string): LocalBrainError {
  return new LocalBrainError('untrusted-skill', `"${file}" is not what was trusted: it has changed`, {
    hint: `read it, then: local-brain trust ${file}`,
  })
}

type Place = Pick<SkillSource, 'file' | 'origin'>

/** A repository's skill is read as everything in a repository: no link leads out of it. */
async function openSource({ file, origin }: Place): Promise<FileHandle> {
  const own = origin === 'repository' ? await repositoryOf(file) : undefined
  if (own) return openConfined(own.root, own.path, await locate(own.root, own.path))
  // Without O_NONBLOCK a named pipe would be waited for; with it, reading at a position fails on all but files.
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
