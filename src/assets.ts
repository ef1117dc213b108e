import { fileURLToPath } from 'node:url'

/**
 * The folder that holds `skills/` and `grammars/`: the repository's root for the sources, `dist/` for the bundle.
 * Source files and bundled chunks both lie exactly one folder below it.
 */
export const assetsFolder: string = fileURLToPath(new URL('..', import.meta.url))
