import { constants, readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256 } from '../text/hash.ts'
import { systemWords } from '../text/system-words.ts'
import { LocalBrainError, isError } from '../errors.ts'
import type { CheckedSkill, CheckedSource } from './check-skill.ts'
import type { Problem } from './check-template.ts'
import { keepSkill, recallSkill } from './kept.ts'
import { loadNunjucks } from './nunjucks.ts'
import type { Store } from '../store/store.ts'
import { locate, openConfined } from '../workspace/confine.ts'
import type { Skill, SkillOrigin } from './skill.ts'
import { repositoryOf } from './repository-skill.ts'

const maxBytes = 64 * 1024

export type SkillSource = CheckedSource & {
  /** The SHA-256 of the only content that may be parsed. */
  granted?: string
  /** Where checked skills are kept between runs: a sealed store. */
  kept?: Store
}

/** Reads and validates a skill file. Throws LocalBrainError('invalid-skill') with its first problem. */
export async function loadSkill(source: SkillSource): Promise<Skill> {
  const built = source.origin === 'built-in' ? loadBuilt(source.file) : undefined
  if (built) return built
  const read = await readSource(source)
  const keeping = { ...source, store: source.kept, hash: read.hash }
  const known = await recallSkill(keeping)
  if (known !== undefined) return known
  const { checkText, noDescription } = await import('./check-skill.ts')
  const { skill, problems } = await checkText(source, { text: decode(read.bytes, source.file), hash: read.hash })
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

/** Reads a skill file and lists all its problems. Throws when it cannot be read or is not YAML. */
export async function checkSkill(source: SkillSource): Promise<CheckedSkill> {
  const [{ bytes, hash }, { checkText }] = await Promise.all([readSource(source), import('./check-skill.ts')])
  return checkText(source, { text: decode(bytes, source.file), hash })
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
    // What was refused in a repository keeps to itself whether it is there.
    const why = isError(cause) ? '' : `: ${systemWords(cause)}`
    throw new LocalBrainError('unknown-skill', `Cannot read a skill from "${file}"${why}`, {
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
