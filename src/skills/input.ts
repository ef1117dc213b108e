import { resolve } from 'node:path'
import { LocalBrainError, isError } from '../errors.ts'
import { nearest } from '../text/nearest.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Skill, SkillInput } from './skill.ts'

/** What the value of an input may be. `file`: the name of a text file, whose content the templates get. */
export const inputTypes = ['text', 'number', 'boolean', 'file'] as const

const yes = ['true', 'yes', 'on', '1']
const no = ['false', 'no', 'off', '0']

type Declared = Pick<SkillInput, 'choices'> & { type?: SkillInput['type'] }

/** What is wrong with a value as it was typed, and one that would do. Undefined for a good one. */
export function wrongInput(
  { type, choices }: Declared,
  value: string,
): { message: string; example: string } | undefined {
  const word = value.trim().toLowerCase()
  if (choices && !choices.includes(value)) {
    return { message: `must be one of ${choices.join(', ')}`, example: nearest(value, choices) ?? choices[0] ?? '' }
  }
  if (type === 'number' && (word === '' || !Number.isFinite(Number(word))))
    return { message: 'must be a number', example: '10' }
  if (type === 'boolean' && ![...yes, ...no].includes(word)) return { message: 'must be yes or no', example: 'yes' }
  if (type === 'file' && word === '') return { message: 'must be the name of a file', example: '<file>' }
  return undefined
}

/** The value for the templates: a number and a yes or no as such, so that `{% if strict %}` means what it says. */
export function inputValue({ type }: Declared, value: string | undefined): string | number | boolean | undefined {
  if (value === undefined) return undefined
  if (type === 'number') return Number(value)
  if (type === 'boolean') return yes.includes(value.trim().toLowerCase())
  return value
}

/** More is work to look at, and no setting. */
const maxFileBytes = 64 * 1024

/**
 * The values with the content of each named file in place of its name, which counts from the folder `from`. Throws
 * LocalBrainError('missing-file') for a file that may not be read, and 'usage' for one that is too long.
 */
export async function readInputFiles(
  { inputs }: Pick<Skill, 'inputs'>,
  vars: Readonly<Record<string, string>>,
  { workspace, from }: { workspace: Workspace; from: string },
): Promise<Record<string, string>> {
  const files = Object.keys(vars).filter((name) => Object.hasOwn(inputs, name) && inputs[name]?.type === 'file')
  const read = files.map(async (name) => [name, await readInput(name, resolve(from, vars[name] ?? ''), workspace)])
  return { ...vars, ...(Object.fromEntries(await Promise.all(read)) as Record<string, string>) }
}

async function readInput(name: string, file: string, workspace: Workspace): Promise<string> {
  try {
    const { text, truncated } = await workspace.read(workspace.relative(file), { maxBytes: maxFileBytes, named: true })
    if (!truncated) return text
    throw new LocalBrainError('usage', `Input "${name}": "${file}" is longer than ${maxFileBytes / 1024} kB`, {
      hint: 'give what there is to look at with -f',
    })
  } catch (cause) {
    if (!isError(cause, 'not-available', 'unreadable-file')) throw cause
    throw new LocalBrainError('missing-file', `Input "${name}": there is no text file "${file}" in the workspace`, {
      hint: `--var ${name}=<file>`,
      cause,
    })
  }
}
