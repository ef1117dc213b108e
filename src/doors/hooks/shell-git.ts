/** `git -C <folder> <name>`, as far as the words of a shell line tell. */
export type GitCall = { name: string; folder?: string }

/** Words that may stand before a command. */
const before = new Set(['env', 'command', 'exec', 'time', 'nohup', 'then', 'do', 'else', '!'])
/** Options of git itself with a value in the next word. */
const valued = new Set(['-C', '-c', '--git-dir', '--work-tree', '--namespace'])

/**
 * The git commands in a shell line. No shell grammar: quotes do not hide a separator, so a text that only mentions a
 * commit can count as one, which costs a review and nothing else.
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
