import { unquoteName } from './quoted-name.ts'

/** What the lines in front of a file's hunks say of it. */
export type FileHead = {
  /** From `diff --git a b`, as written. */
  git?: string
  /** From `--- ` and `+++ `, as written. */
  old?: string
  now?: string
  /** From `rename from`, `copy from`, without a prefix. */
  from?: string
  to?: string
  /** From `Index: ` and its like. */
  index?: string
}

/** The names of a file before and after a patch, without the prefixes that its maker put before them. */
export function namesOf(head: FileHead): { path: string; oldPath?: string } | undefined {
  if (head.from !== undefined && head.to !== undefined) {
    return { path: unquoteName(head.to), oldPath: unquoteName(head.from) }
  }
  const pair = head.git === undefined ? undefined : splitPair(head.git)
  const old = head.old === undefined ? pair?.[0] : nameIn(head.old)
  const now = head.now === undefined ? pair?.[1] : nameIn(head.now)
  if (old === undefined || now === undefined) return head.index === undefined ? undefined : { path: head.index }
  if (now === '/dev/null') return { path: alone(old, pair?.[0], pair) }
  if (old === '/dev/null') return { path: alone(now, pair?.[1], pair) }
  const [from, to] = withoutPrefixes(old, now)
  return from === to || isBackup(from, to) ? { path: to } : { path: to, oldPath: from }
}

/** `a.js` beside `a.js.orig`: the same file, kept by hand. */
function isBackup(from: string, to: string): boolean {
  return from.startsWith(`${to}.`) || from === `${to}~` || to.startsWith(`${from}.`)
}

/** What follows a name behind a tab is its time; some put the revision in brackets behind a blank. */
function nameIn(text: string): string {
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text)?.[0]
  if (quoted !== undefined) return unquoteName(quoted)
  return (text.split('\t')[0] ?? '').replace(/ +\((?:revision \d+|working copy|nonexistent|original)\)$/, '').trimEnd()
}

/** `a/x b/x` → both names; blanks in them make it a matter of where they are alike. */
function splitPair(text: string): [string, string] | undefined {
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(text)
  if (quoted) return [unquoteName(quoted[1] ?? ''), unquoteName(quoted[2] ?? '')]
  for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) {
    const pair: [string, string] = [text.slice(0, at), text.slice(at + 1)]
    const [from, to] = withoutPrefixes(...pair)
    if (from === to) return pair
  }
  return undefined
}

/** The prefixes that git gives to the two sides. */
const prefixes = new Set(['a b', 'i w', 'c i', 'c w', 'o w', '1 2', 'b a', 'w i'])

function withoutPrefixes(old: string, now: string): [string, string] {
  const [oldPrefix, oldRest] = cutFirst(old)
  const [prefix, rest] = cutFirst(now)
  if (oldPrefix === undefined || prefix === undefined || oldPrefix === prefix) return [old, now]
  // Two folders that were compared are prefixes too.
  return oldRest === rest || prefixes.has(`${oldPrefix} ${prefix}`) ? [oldRest, rest] : [old, now]
}

function cutFirst(name: string): [prefix: string | undefined, rest: string] {
  const at = name.indexOf('/')
  return at <= 0 ? [undefined, name] : [name.slice(0, at), name.slice(at + 1)]
}

/** The name of a new or deleted file, which only one side gives. */
function alone(name: string, own: string | undefined, pair: [string, string] | undefined): string {
  if (pair && own === name) {
    const [from, to] = withoutPrefixes(...pair)
    if (from === to) return from
  }
  const [prefix, rest] = cutFirst(name)
  return pair === undefined && prefix !== undefined && /^[abciow12]$/.test(prefix) ? rest : name
}
