import { lstatSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Ignore } from 'ignore'
import { locate, openConfined, readHead } from './confine.ts'
import type { Git } from './git.ts'

/** Whether one of these paths, relative to the root, is ignored: by git's rules, outside a repository by `.gitignore` files. */
export type Ignored = (paths: readonly string[]) => Promise<boolean>

/** Asks git; what git tracks is never ignored. */
export function ignoredByGit(root: string, git: Git): Ignored {
  const prefix = relative(git.top, root)
  return async (paths) => {
    // With `./` in front a name that starts with `:` is a name.
    const asked = paths.filter((path) => path !== '.').map((path) => `./${join(prefix, upToLink(root, path))}`)
    if (asked.length === 0) return false
    // With `-v -n` there is an answer for every path: source, line, pattern and path, the first three empty for no match.
    const output = await git.run(['check-ignore', '-v', '-n', '-z', '--stdin'], {
      input: `${asked.join('\0')}\0`,
      exitCodes: [1],
    })
    const fields = output.split('\0')
    return fields.some((source, index) => index % 4 === 0 && source !== '' && !fields[index + 2]?.startsWith('!'))
  }
}

/** git does not look beyond a symbolic link: the link itself is what may be ignored. */
function upToLink(root: string, path: string): string {
  const parts = path.split('/')
  const link = parts.findIndex((_, index) =>
    lstatSync(join(root, ...parts.slice(0, index + 1)), { throwIfNoEntry: false })?.isSymbolicLink(),
  )
  return link < 0 ? path : parts.slice(0, link + 1).join('/')
}

const mostRules = 64 * 1024

/** `ignore` makes a regular expression of a rule: each further star multiplies what a hostile name costs. */
function isBounded(rule: string): boolean {
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
  if (!lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile()) return null
  const handle = await openConfined(root, path, await locate(root, path))
  try {
    const text = (await readHead(handle, mostRules)).toString('utf8')
    const { default: createIgnore } = await import('ignore')
    return createIgnore().add(text.split('\n').filter(isBounded))
  } finally {
    await handle.close()
  }
}
