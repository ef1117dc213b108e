import type { Access } from '../core/access.ts'
import type { Severity } from './severity.ts'

/** A tool that a skill may list, and what it may do. */
export type KnownTool = { readonly name: string; readonly access: Access }

/** A program whose success says whether the work is done. `timeout` in seconds. */
type SkillCheck = { name: string; command: string; timeout?: number; required: boolean }

/** What the answer is: prose, findings anchored in the input, or bare text such as a commit message. */
type OutputFormat = 'markdown' | 'findings' | 'text'

/** A value that a skill takes from `--var name=value`. */
export type SkillInput = {
  description: string
  type: 'text' | 'number' | 'boolean' | 'file'
  default?: string
  choices?: string[]
}

/** A kind of defect that a skill looks for in place of the built-in ones; `description` is one sentence. */
type SkillDefect = { name: string; description: string; severity: Severity }

export type SkillOrigin = 'path' | 'built-in' | 'user' | 'repository'

/** A skill, ready to run: validated, with defaults, its templates checked but not rendered. */
export type Skill = {
  name: string
  description: string
  /** Models in order of preference; empty means automatic choice. */
  model: string[]
  /** nunjucks templates. */
  system: string
  prompt: string
  /** The code of both templates: compiled by the build, by an earlier run or by this one. */
  compiled?: { system: string; prompt: string }
  inputs: Record<string, SkillInput>
  /** Names of the tools that it may call, in this order. */
  tools: string[]
  /** `without-input`: only when nothing but a prompt was given, so that the model has to look for itself. */
  offerTools: 'always' | 'without-input'
  /** False when its work is its tools: neither template has a place for anything that a person gives. */
  needsInput: boolean
  /** The most that its tools may do, whatever a person allows. */
  access: Access
  /** Run by the program itself, not by the model. */
  checks: SkillCheck[]
  /** The beginnings of the commands that it may run; undefined: any. */
  commands?: string[]
  /** Globs of what it may write; undefined: the workspace. */
  scope?: string[]
  output: OutputFormat
  /** Absent: the built-in kinds. Only with findings. */
  defects?: SkillDefect[]
  batch: 'each' | 'together'
  limits: { turns?: number; timeout?: number; rounds?: number; changed_files?: number; changed_lines?: number }
  /** Passed to the model: temperature, seed, top_p, … */
  options: Record<string, number | string | boolean | string[]>
  /** The file that it was read from. */
  file: string
  origin: SkillOrigin
  /** The hash of the file's bytes. */
  sha256: string
  /** Problems that its author should know about, although it runs. */
  warnings: string[]
}
