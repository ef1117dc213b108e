import { basename } from 'node:path'
import { LocalBrainError } from '../../errors.ts'

/** It is started with the Node that we run in. The standalone program has none. */
export function assertCanRun(): void {
  if (/^node(?:\.exe)?$/i.test(basename(process.execPath))) return
  throw new LocalBrainError('load-failed', "The standalone program can't run the embedded engine", {
    hint: 'npm install --global local-brain',
  })
}
