/** Why git gave up, as far as somebody can do something about it. */
export type Complaint =
  | 'no-repository'
  | 'other-owner'
  | 'no-work-tree'
  | 'missing-object'
  | 'broken-index'
  | 'broken-settings'
  | 'unknown-format'
  | 'unknown-name'
  | 'memory'
  | 'permission'
  | 'unknown'

type Kind = { pattern: RegExp; words: string; hint?: string }

// In this order: what git says first is often only the consequence of what it says next.
const kinds: Readonly<Record<Exclude<Complaint, 'unknown'>, Kind>> = {
  'no-repository': { pattern: /not a git repository|invalid gitfile format/, words: 'there is no repository' },
  'other-owner': { pattern: /dubious ownership/, words: 'the repository belongs to another user' },
  'no-work-tree': {
    pattern: /cannot use bare repository|must be run in a work tree/,
    words: 'this is the inside of a repository, not its files',
  },
  memory: {
    pattern: /out of memory|cannot allocate memory|memory exhausted/i,
    words: 'it needs more memory than it may take',
  },
  'broken-index': {
    pattern: /bad signature|index file (?:corrupt|smaller|open failed|truncated)|bad index|index uses/i,
    words: 'the index of the repository cannot be read',
    hint: 'git fsck',
  },
  'broken-settings': {
    pattern: /bad (?:config|numeric|boolean)|invalid .*config|unable to parse/i,
    words: 'the configuration of the repository cannot be read',
    hint: 'git config --list --show-origin',
  },
  'unknown-format': {
    pattern: /unknown repository (?:extension|storage)|expected git repo version|unknown (?:index|hash)/i,
    words: 'the repository has a format that this git does not know',
    hint: 'git --version',
  },
  'missing-object': {
    pattern:
      /unable to (?:read|find|unpack)|bad object|(?:missing|corrupt|broken) (?:blob|tree|commit|object)|could not (?:read|fetch)|failed to read object|promisor|transport '.*' not allowed|not our ref|is corrupt|invalid object|bad tree/i,
    words: 'an object of the repository is missing or damaged, as in a partial clone without its remote',
    hint: 'git fsck',
  },
  permission: { pattern: /permission denied/i, words: 'it may not read a part of the repository' },
  'unknown-name': {
    pattern: /ambiguous argument|unknown revision|bad revision|needed a single revision|does not have any commits/i,
    words: 'it does not know a name that it was given',
  },
}

/**
 * What git's standard error means. Its words go no further than here: it quotes lines of files that a repository can
 * make it open, wherever they are.
 */
export function parseComplaint(text: string): { complaint: Complaint; words?: string; hint?: string } {
  const found = Object.entries(kinds).find(([, { pattern }]) => pattern.test(text.slice(0, maxChars)))
  if (!found) return { complaint: 'unknown' }
  const [complaint, { words, hint }] = found
  return { complaint: complaint as Complaint, words, hint }
}

/** The rest repeats what was said before. */
const maxChars = 64 * 1024
