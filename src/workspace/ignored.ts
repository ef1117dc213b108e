import { dirname, join, relative } from 'node:path'
import type { Ignore } from 'ignore'
import { locate, openConfined, readHead } from './confine.ts'
import { entryAt } from './entry.ts'
import type { Git } from './git/git.ts'

/**
 * Which of these paths, relative to the root, are ignored: by git's rules, outside a repository by `.gitignore` files. They
 * need not exist.
 */
export type Ignored = (paths: readonly string[]) => Promise<ReadonlySet<string>>

export function ignoredIn(root: string, git: Git | null): Ignored {
  if (git) return async (paths) => ignoredNames(root, git, paths)
  const isIgnored = ignoredByFiles(root)
  return async (paths) => {
    const ignored = new Set<string>()
    for (const path of paths)
      if (await isIgnored(path, entryAt(join(root, path))?.isDirectory() ?? false)) ignored.add(path)
    return ignored
  }
}

/** Of these paths, relative to the root, those that git ignores. What it tracks is never ignored; none need exist. */
export async function ignoredNames(root: string, git: Git, paths: readonly string[]): Promise<Set<string>> {
  const prefix = relative(git.top, root)
  // With `./` in front a name that starts with `:` is a name.
  const nameOf = (path: string) => `./${join(prefix, upToLink(root, path))}`
  const names = new Map(paths.filter((path) => path !== '.').map((path) => [path, nameOf(path)]))
  if (names.size === 0) return new Set()
  const input = [...names.values()].map((name) => `${name}\0`).join('')
  const output = await git.run(['check-ignore', '-z', '--stdin'], { input, exitCodes: [1] })
  const ignored = new Set(output.split('\0'))
  return new Set([...names].filter(([, name]) => ignored.has(name)).map(([path]) => path))
}

/** git does not look beyond a symbolic link: the link itself is what may be ignored. */
function upToLink(root: string, path: string): string {
  const parts = path.split('/')
  const link = parts.findIndex((_, index) => entryAt(join(root, ...parts.slice(0, index + 1)))?.isSymbolicLink())
  return link < 0 ? path : parts.slice(0, link + 1).join('/')
}

const maxRules = 64 * 1024

/** Characters. No name that a rule could mean is longer, and too long an expression can't be made. */
const maxRule = 4096

/** `ignore` makes a regular expression of a rule: each further star multiplies what a hostile name costs. */
function isBounded(rule: string): boolean {
  // guard: ignore-rule-length
  if (rule.length > maxRule) return false
  return (rule.match(/\*+/g)?.length ?? 0) <= 4
}

/** Reads each folder's `.gitignore` once. Inside a folder that is ignored, nothing can be un-ignored: git's rule. */
export function ignoredByFiles(root: string): (path: string, isFolder: boolean) => Promise<boolean> {
  const rules = new Map<string, Promise<Ignore | null>>()
  const rulesOf = (folder: string) => {
    const known = rules.get(folder) ?? loadRules(root, folder)
    rules.set(folder, known)
    return known
  }
  const folders = new Map<string, Promise<boolean>>()
  const isIgnored = async (path: string, isFolder: boolean): Promise<boolean> => {
    const parent = dirname(path)
    if (path === '.') return false
    const above = folders.get(parent) ?? isIgnored(parent, true)
    folders.set(parent, above)
    if (await above) return true
    for (let folder = parent; ; folder = dirname(folder)) {
      const found = (await rulesOf(folder))?.test(relative(folder, path) + (isFolder ? '/' : ''))
      if (found?.ignored || found?.unignored) return found.ignored
      if (folder === '.') return false
    }
  }
  return isIgnored
}

async function loadRules(root: string, folder: string): Promise<Ignore | null> {
  const path = join(folder, '.gitignore')
  if (!entryAt(join(root, path))?.isFile()) return null
  const handle = await openConfined(root, path, await locate(root, path))
  try {
    const text = (await readHead(handle, maxRules)).toString('utf8')
    const { default: createIgnore } = await import('ignore')
    return createIgnore().add(text.split('\n').filter(isBounded))
  } finally {
    await handle.close()
  }
}
