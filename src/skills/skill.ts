/** How the answer is read: prose, findings anchored in the input, or bare text such as a commit message. */
type OutputFormat = 'markdown' | 'findings' | 'text'

/** A value that a skill takes from `--var name=value`. */
type SkillInput = { description: string; default?: string; choices?: string[] }

export type SkillOrigin = 'path' | 'built-in' | 'user' | 'repository'

/** A skill as it is run: validated, defaults filled in, its templates checked but not rendered. */
export type Skill = {
  name: string
  description: string
  /** Models in order of preference; empty means automatic choice. */
  model: string[]
  /** nunjucks templates. */
  system: string
  prompt: string
  /** What the build made of both templates. Only a built-in skill has it. */
  compiled?: { system: string; prompt: string }
  inputs: Record<string, SkillInput>
  /** Names of the tools it may call, in this order. */
  tools: string[]
  output: OutputFormat
  batch: 'each' | 'together'
  limits: { turns?: number; timeout?: number }
  /** Passed to the model: temperature, seed, top_p, … */
  options: Record<string, number | string | boolean | string[]>
  /** Where it was read from. */
  file: string
  origin: SkillOrigin
  /** Of the file's bytes. */
  sha256: string
  /** What its author should know, though it runs. */
  warnings: string[]
}
