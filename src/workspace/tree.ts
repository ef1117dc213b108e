import { isOddName } from './confine.ts'
import { isSecret } from './secrets.ts'
import type { Entry } from './view.ts'

/** Folders and what is in them, made from file names as git lists them; without secrets and odd names. */
export function createTree(files: Iterable<string>): Map<string, Entry[]> {
  const tree = new Map<string, Map<string, Entry>>([['.', new Map()]])
  const entriesOf = (folder: string): Map<string, Entry> => {
    const known = tree.get(folder)
    if (known !== undefined) return known
    const entries = new Map<string, Entry>()
    tree.set(folder, entries)
    const [parent, name] = split(folder)
    entriesOf(parent).set(name, { name, kind: 'directory' })
    return entries
  }
  for (const file of files) {
    if (file === '' || file.endsWith('/') || isOddName(file) || isSecret(file)) continue
    const [folder, name] = split(file)
    entriesOf(folder).set(name, { name, kind: 'file' })
  }
  return new Map([...tree].map(([folder, entries]) => [folder, [...entries.values()]]))
}

/** `a/b/c` → `a/b` and `c`. */
function split(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf('/')
  return at < 0 ? ['.', path] : [path.slice(0, at), path.slice(at + 1)]
}
