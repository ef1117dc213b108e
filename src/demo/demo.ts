import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Engine } from '../engines/engine.ts'
import { createScriptedEngine } from './engine.ts'
import { sample, sampleBug } from './sample.ts'
import { answerDemo } from './script.ts'
import { makeFolder } from '../store/make-folder.ts'

/** To be shown with every demo. */
export const demoNotice = 'This is a demo: every reply is read from a script. No Ollama and no model is involved.'

export type Demo = {
  /** A temporary folder with the sample. */
  root: string
  /** The file with the bug, relative to the root. */
  file: string
  /** Something to ask about it. */
  prompt: string
  /** Answers from the script. */
  engine: Engine
  /** Removes the folder. */
  close(): Promise<void>
}

/** The sample on disk and an engine with a script about it: an ordinary run with them shows everything but a model. */
export async function startDemo(): Promise<Demo> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'local-brain-demo-')))
  for (const [path, text] of Object.entries(sample)) {
    makeFolder(dirname(join(root, path)))
    await writeFile(join(root, path), text)
  }
  return {
    root,
    file: sampleBug.path,
    prompt: 'Why does almost every order ship for free?',
    engine: createScriptedEngine(answerDemo),
    close: async () => rm(root, { recursive: true, force: true }),
  }
}
