import { join } from 'node:path'
import { readSettings } from './settings.ts'

type NodeModule = { enableCompileCache?: (folder: string) => unknown }

/**
 * Lets Node keep what it compiled for the next start, in the person's own cache: its default, the folder for temporary
 * files, belongs to everyone. Node 20 and the standalone binary have nothing of the kind; where it can't write it does without.
 */
export function keepCompiled(): void {
  const node = process.getBuiltinModule('node:module') as NodeModule
  node.enableCompileCache?.(join(readSettings().paths.cache, 'compiled'))
}
