import { LocalBrainError } from '../errors.ts'

/**
 * A glob is turned into a regular expression that backtracks: each further star multiplies the work on a long name.
 * These bounds hold for every pattern that a person writes, and keep a hostile one harmless.
 */
export function isBounded(pattern: string): boolean {
  const parts = pattern.split('/')
  const wild = parts.filter((part) => part.includes('**')).length
  return pattern.length <= 500 && wild <= 4 && parts.every((part) => (part.match(/\*+/g)?.length ?? 0) <= 3)
}

/** A person's or a model's glob → one that stays below its folder. Parentheses are part of names, never groups. */
export function checkPattern(pattern: string): string {
  const wrong = (problem: string) =>
    new LocalBrainError('usage', `Pattern "${pattern.slice(0, 100)}" ${problem}`, { hint: '--pattern "src/**/*.ts"' })
  const plain = pattern.replace(/^(?:\.\/)+/, '')
  if (plain === '' || /[\0-\x1f]/.test(plain)) throw wrong('is not a glob')
  if (plain.startsWith('/') || /^[a-z]:/i.test(plain) || /(?:^|[/{,])\.\.(?:[/},]|$)/.test(plain))
    throw wrong('leaves its folder')
  if (plain.startsWith('!')) throw wrong('excludes; it has to say what to include')
  const braces = plain.match(/\{/g)?.length ?? 0
  const hasRange = /\{[^}]*\.\./.test(plain)
  if (!isBounded(plain) || braces > 2 || hasRange) throw wrong('is too complicated')
  return plain.replaceAll(/[()]/g, '\\$&')
}
