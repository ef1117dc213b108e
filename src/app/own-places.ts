import { realpathSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { assetsFolder } from '../assets.ts'
import type { StorePaths } from '../store/paths.ts'

/**
 * Where this program and what it keeps lie, canonical. They may be inside a workspace, such as somebody's home folder; nothing
 * a model does is written there: it could allow itself more for the next time. `copy`: as they are in a copy of a folder.
 */
export function ownPlaces({ config, state, cache }: StorePaths, copy?: { root: string; of: string }): string[] {
  const places = [assetsFolder.replace(/[\\/]$/, ''), config, state, cache].map(canonical)
  return copy === undefined ? places : places.map((place) => join(copy.root, relative(copy.of, place)))
}

/** Also of a folder that does not exist yet. */
function canonical(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return dirname(path) === path ? path : join(canonical(dirname(path)), basename(path))
  }
}
