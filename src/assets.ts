import { fileURLToPath } from 'node:url'

/** Where the assets are, seen from a file of the program; only the standalone binary has it (scripts/build-binary.mjs). */
declare const __ASSETS__: string | undefined

/**
 * The folder that holds `skills/` and `grammars/`: the repository's root for the sources, `dist/` for the bundle, the
 * file system inside a standalone binary. Source files and bundled chunks both lie exactly one folder below it.
 */
export const assetsFolder: string = fileURLToPath(
  new URL(typeof __ASSETS__ === 'string' ? __ASSETS__ : '..', import.meta.url),
)
