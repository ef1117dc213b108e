import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { evaluate } from '../bundle.mjs'

const folders = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A temporary folder, gone when the process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'local-brain-bench-'))
  folders.push(folder)
  return folder
}

/** What is measured from inside, bundled from the sources as the program is. The grammars lie beside it. */
export function loadSources() {
  const folder = temporaryFolder()
  symlinkSync(resolve('dist/grammars'), join(folder, 'grammars'))
  return evaluate('scripts/bench/measured.ts', join(folder, 'bench'))
}
