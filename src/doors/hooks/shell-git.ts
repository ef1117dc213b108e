/** `git -C <folder> <name>`, as far as the words of a shell line show. */
export type GitCall = { name: string; folder?: string }

/** Words that may precede a command. */
const before = new Set(['env', 'command', 'exec', 'time', 'nohup', 'then', 'do', 'else', '!'])
/** Options of git whose value is the next word. */
const valued = new Set(['-C', '-c', '--git-dir', '--work-tree', '--namespace'])

/**
 * Finds the git commands in a shell line. It does not parse quotes, so a text that only mentions a commit may count as
 * one. That costs a review and does no other harm.
 */
export function gitCalls(line: string): GitCall[] {
  return line.split(/[\n;&|(){}`]+/).flatMap((part) => gitCall(part.split(/\s+/).filter((word) => word !== '')))
}

function gitCall(words: readonly string[]): GitCall[] {
  const start = words.findIndex((word) => !before.has(word) && !/^\w+=/.test(word))
  if (start < 0 || !/(^|\/)git(\.exe)?$/.test(words[start] ?? '')) return []
  let at = start + 1
  let folder: string | undefined
  while (words[at]?.startsWith('-')) {
    if (words[at] === '-C') folder = words[at + 1]?.replace(/^(["'])(.*)\1$/, '$2')
    at += valued.has(words[at] ?? '') ? 2 : 1
  }
  const name = words[at]
  return name === undefined ? [] : [{ name, folder }]
}
