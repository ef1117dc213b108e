import { isOddName } from './confine.ts'
import { isSecret } from './secrets.ts'
import type { Entry } from './view.ts'

/** Folders and what is in them, made from file names as git lists them; without secrets and odd names. */
export function createTree(files: Iterable<string>): Map<string, Entry[]> {
  const tree = new Map<string, Map<string, Entry>>([['.', new Map()]])
  for (const file of files) {
    if (file === '' || file.endsWith('/') || isOddName(file) || isSecret(file)) continue
    let folder = '.'
    const parts = file.split('/')
    for (const [index, name] of parts.entries()) {
      const entries = tree.get(folder) ?? new Map<string, Entry>()
      tree.set(folder, entries)
      entries.set(name, { name, kind: index === parts.length - 1 ? 'file' : 'directory' })
      folder = folder === '.' ? name : `${folder}/${name}`
    }
  }
  return new Map([...tree].map(([folder, entries]) => [folder, [...entries.values()]]))
}
