import type { PatchLine } from '../workspace/git/patch.ts'

/** Why a change holds nothing to review, or undefined. The lines are one file's whole change. */
export function trivialReason(lines: readonly PatchLine[], language: string): string | undefined {
  const removed = lines.filter((line) => line.kind === 'removed').map((line) => line.text)
  const added = lines.filter((line) => line.kind === 'added').map((line) => line.text)
  if (!indented.has(language) && condense(removed) === condense(added)) return 'only white space changed'
  const comment = comments[language]
  if (comment && [...removed, ...added].every((line) => isComment(line, comment))) return 'only comments changed'
  return undefined
}

/** Languages in which white space is meaning. */
const indented = new Set([
  'python',
  'yaml',
  'makefile',
  'haskell',
  'fsharp',
  'nim',
  'pug',
  'sass',
  'diff',
  'text',
  'csv',
  'markdown',
  'rst',
])

/** Without the white space that a formatter may move; where a line holds a string, only its ends are free. */
function condense(lines: readonly string[]): string {
  return lines
    .map((line) => (/["'`]/.test(line) ? line.trim() : line.replace(/\s+/g, ' ').replace(/(?<!\w) | (?!\w)/g, '')))
    .filter((line) => line !== '')
    .join('\n')
}

const slashes = /^(\/\/|\/\*([^*]|\*(?!\/))*\*\/$|\*\/$|\*$|\* .*[^;{}]$|\/\*\*?( [^*]*)?$)/
const hash = /^#([ #]|$)/
const dashes = /^--([ -]|$)/

// Only whole comment lines: what cannot be told from code by its own line is code.
const comments: Record<string, RegExp | undefined> = {
  ...byLanguage(
    slashes,
    'typescript tsx javascript jsx go rust java c cpp csharp kotlin swift scala dart zig groovy solidity css scss less',
  ),
  ...byLanguage(/^(\/\/|#[ #])/, 'php'),
  ...byLanguage(hash, 'python ruby bash fish yaml toml perl r elixir makefile dockerfile hcl nix cmake julia'),
  ...byLanguage(dashes, 'sql lua haskell'),
}

function byLanguage(pattern: RegExp, languages: string): Record<string, RegExp> {
  return Object.fromEntries(languages.split(' ').map((language) => [language, pattern]))
}

/** Comments that tools and compilers obey are code. */
const directive =
  /(eslint|oxlint|biome|prettier|ts-|noqa|nolint|nosec|nosonar|pylint|mypy|pyright|type:|go:|\+build|cgo|pragma|istanbul|c8|v8|coding[:=]|shellcheck|rubocop|frozen_string|syntax=|@ts|@jsx|#(end)?region|sourceMappingURL)/i

/** What no comment should hold has to reach the checks for keys and hidden characters. */
const suspicious = /[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]|[a-z0-9+/=_-]{20}|passw|secret|token/i

function isComment(line: string, comment: RegExp): boolean {
  const text = line.trim()
  return text === '' || (comment.test(text) && !directive.test(text) && !suspicious.test(text))
}
