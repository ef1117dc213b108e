import type * as z from 'zod'
import { clipLine } from '../text/clip.ts'
import { nearest, suggestion } from '../text/nearest.ts'
import type { Problem } from './check-template.ts'

/**
 * What is wrong with a file that a person wrote, in words for whoever writes it. `keysAt`: the known keys of the mapping
 * at a path.
 */
export function explain(
  issue: z.core.$ZodIssue,
  given: Record<string, unknown>,
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  const key = issue.path.map(String).join('.')
  const got = issue.path.reduce<unknown>((value, step) => (isMapping(value) ? value[step] : undefined), given)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((unknown) => ({
      message: `unknown key "${key ? `${key}.` : ''}${unknown}"`,
      hint: isHalfValue(unknown, got) ? comma : suggestion(unknown, keysAt(issue.path)),
    }))
  }
  if (got === undefined) return [{ message: `${key} is missing` }]
  const guess = issue.code === 'invalid_value' && typeof got === 'string' && nearest(got, issue.values.map(String))
  return [{ message: `${key} ${issue.message}, got ${show(got)}`, hint: guess ? `did you mean ${guess}?` : undefined }]
}

const comma = 'inside { } a comma ends the value: put the text between quotes'

/** `{ description: a, b }` has a key "b" without a value: a mistake. */
function isHalfValue(key: string, mapping: unknown): boolean {
  return isMapping(mapping) && mapping[key] === null
}

function isMapping(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}

/** A value as an error quotes it. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (isMapping(value)) return 'a mapping'
  const text = typeof value === 'string' ? JSON.stringify(value) : `${value as number | boolean}`
  return clipLine(text, 60)
}
