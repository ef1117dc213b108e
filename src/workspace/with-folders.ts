import { isAbsolute, join, resolve } from 'node:path'
import { contains } from './contains.ts'
import type { Workspace } from './workspace.ts'

/**
 * A workspace with other folders beside it, which can be read under their absolute paths and not be written. Each keeps
 * its own rules about what may be read.
 */
export function withFolders(main: Workspace, others: readonly Workspace[]): Workspace {
  const ownerOf = (path: string) => {
    const other = isAbsolute(path) && !contains(main.root, resolve(path)) ? ownerIn(others, path) : undefined
    return other ?? main
  }
  const named = (owner: Workspace, path: string) => (owner === main ? path : join(owner.root, path))
  return {
    ...main,
    relative(path) {
      const owner = ownerOf(path)
      return named(owner, owner.relative(path))
    },
    async read(path, options) {
      const owner = ownerOf(path)
      const read = await owner.read(path, options)
      return { ...read, path: named(owner, read.path) }
    },
    async info(path) {
      const owner = ownerOf(path)
      const info = await owner.info(path)
      return { ...info, path: named(owner, info.path) }
    },
    async list(options = {}) {
      const { under = '.' } = options
      const owner = ownerOf(under)
      const listing = await owner.list(owner === main ? options : { ...options, under: owner.relative(under) })
      return { ...listing, paths: listing.paths.map((path) => named(owner, path)) }
    },
    refresh() {
      for (const one of [main, ...others]) one.refresh()
    },
  }
}

function ownerIn(others: readonly Workspace[], path: string): Workspace | undefined {
  return others.find(({ root }) => contains(root, resolve(path)))
}
