import { LocalBrainError } from '../errors.ts'
import type { Message } from '../core/model.ts'
import { suggestion } from '../text/nearest.ts'
import { inputValue, wrongInput } from './input.ts'
import type { Skill, SkillInput } from './skill.ts'
import { renderTemplate } from './template.ts'

type PromptFile = { path: string; language: string; content: string }

/** The values for a prompt. One that is absent or empty counts as not given: it prints nothing, or its `default()`. */
export type PromptValues = {
  /** The prompt on the command line. */
  input?: string
  /** The file's name without its folders. */
  filename?: string
  path?: string
  language?: string
  content?: string
  files?: readonly PromptFile[]
  diff?: string
  branch?: string
  /** The project's own review rules, for a change. */
  project_rules?: string
  /** From `--var`, as typed. */
  vars?: Readonly<Record<string, string>>
}

/** Renders the first messages of a run: a system message if the skill has one, and a user message. Adds nothing. */
export async function renderPrompt(skill: Skill, values: PromptValues): Promise<Message[]> {
  const inputs = resolveInputs(skill, values.vars ?? {})
  const { vars: _, files, ...given } = values
  const known = {
    input: null,
    filename: null,
    content: null,
    path: '',
    language: '',
    files: null,
    diff: '',
    branch: '',
    project_rules: '',
    defects: (skill.defects ?? []).map(({ name, description }) => `- ${name}: ${description}`).join('\n'),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== '')),
    // In a template, an empty list would count as true.
    ...(files?.length && { files }),
    ...inputs,
  }
  const filled = { ...known, fence: createFence(JSON.stringify(known)) }
  const owner = (key: string) => ({
    label: `${skill.file}: ${key}`,
    missing: (name: string) => missingInput(skill, name),
  })
  const system = await renderTemplate(
    { source: skill.system, code: skill.compiled?.system },
    filled,
    owner('system_prompt'),
  )
  const user = await renderTemplate(
    // guard: template-once
    { source: skill.prompt, code: skill.compiled?.prompt },
    filled,
    owner('user_prompt_template'),
  )
  return [...(system === '' ? [] : [{ role: 'system' as const, content: system }]), { role: 'user', content: user }]
}

/**
 * The value of each input of the skill: the given one, its default, or undefined. Every skill has `kind` and `focus`.
 * Throws LocalBrainError('usage') for a name that is not declared and a value of the wrong kind.
 */
export function resolveInputs(
  skill: Skill,
  vars: Readonly<Record<string, string>>,
): Record<string, string | number | boolean | undefined> {
  const declared: Skill['inputs'] = { ...originalInputs, ...skill.inputs }
  const names = Object.keys(declared)
  const unknown = Object.keys(vars).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const hint = suggestion(unknown, names)
    throw new LocalBrainError(
      'usage',
      `Skill "${skill.name}" has no input "${unknown}"; it takes ${names.join(', ')}`,
      { hint },
    )
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => {
      const value = Object.hasOwn(vars, name) ? vars[name] : input.default
      // guard: input-checked
      if (value !== undefined) refuseWrong(name, value, input)
      return [name, inputValue(input, value)]
    }),
  )
}

const originalInputs: Skill['inputs'] = {
  kind: { description: 'what kind of text it is', type: 'text', default: 'code' },
  focus: { description: 'what to look at', type: 'text', default: 'general' },
}

function refuseWrong(name: string, value: string, input: SkillInput): void {
  const wrong = wrongInput(input, value)
  if (wrong === undefined) return
  throw new LocalBrainError('usage', `Input "${name}" ${wrong.message}, got "${value}"`, {
    hint: `--var ${name}=${wrong.example}`,
  })
}

function missingInput(skill: Skill, name: string): LocalBrainError {
  const about = skill.inputs[name]?.description
  const message = `Skill "${skill.name}" needs the input "${name}"${about ? `: ${about}` : ''}`
  return new LocalBrainError('usage', message, { hint: `--var ${name}=<value>` })
}

/** A marker that does not occur in the text. The same text gets the same marker. */
export function createFence(text: string): string {
  for (let attempt = 0; ; attempt++) {
    const hash = checksum(text, 2 * attempt) + checksum(text, 2 * attempt + 1)
    // The hash need not be strong: if somebody writes it into the text, another one is tried.
    // guard: fence-hash
    if (!text.includes(hash)) return `=====${hash}=====`
  }
}

/** Six hexadecimal digits: 32-bit FNV-1a over UTF-16 code units. */
function checksum(text: string, seed: number): string {
  let hash = 0x811c9dc5 ^ seed
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 8).toString(16).padStart(6, '0')
}
