import { fileURLToPath } from 'node:url'

/**
 * The assets folder relative to a file of the program. Only the standalone binary defines it
 * (scripts/build-binary.mjs).
 */
declare const __ASSETS__: string | undefined

/**
 * The folder that holds `skills/` and `grammars/`: the repository's root for the sources, `dist/` for the bundle, the
 * embedded file system of a standalone binary. Source files and bundled chunks are exactly one folder below it.
 */
export const assetsFolder: string = fileURLToPath(
  new URL(typeof __ASSETS__ === 'string' ? __ASSETS__ : '..', import.meta.url),
)
