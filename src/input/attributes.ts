import { posix } from 'node:path'
import { relativeTo } from '../workspace/confine.ts'
import type { Git } from '../workspace/git/git.ts'
import type { Workspace } from '../workspace/workspace.ts'

const reasons = new Map([
  ['linguist-generated', 'generated'],
  ['linguist-vendored', 'vendored'],
])

/** Files that the repository's .gitattributes marks as not written here, with the reason. Paths are relative to the top. */
export async function attributeReasons(git: Git, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map()
  const input = paths.map((path) => `${path}\0`).join('')
  const options = { input, maxBytes: 64 * 1024 * 1024 }
  const fields = (await git.run(['check-attr', '-z', '--stdin', ...reasons.keys()], options)).split('\0')
  const found = new Map<string, string>()
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [path = '', attribute = '', value = ''] = fields.slice(index, index + 3)
    const reason = reasons.get(attribute)
    if (reason !== undefined && (value === 'set' || value === 'true')) found.set(path, reason)
  }
  return found
}

/** The same for paths relative to the root. */
export async function attributeReasonsBelow(
  { git, root }: Workspace,
  paths: readonly string[],
): Promise<Map<string, string>> {
  if (!git) return new Map()
  const prefix = relativeTo(git.top, root)
  const found = await attributeReasons(
    git,
    paths.map((path) => posix.join(prefix, path)),
  )
  return new Map([...found].map(([path, reason]) => [posix.relative(prefix, path), reason]))
}
