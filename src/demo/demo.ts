import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sample, sampleBug } from './sample.ts'
import { answerDemo } from './script.ts'
import { startScriptedOllama } from './scripted-ollama.ts'

/** To be shown with every demo. */
export const demoNotice = 'This is a demo: every reply is read from a script. No Ollama and no model is involved.'

export type Demo = {
  /** A temporary folder with the sample. */
  root: string
  /** The file with the bug, relative to the root. */
  file: string
  /** Something to ask about it. */
  prompt: string
  /** Where the scripted server listens, on this machine. */
  host: string
  model: string
  /** Stops the server and removes the folder. */
  close(): Promise<void>
}

/** The sample on disk and a scripted server that knows it: an ordinary run against them shows everything but a model. */
export async function startDemo(): Promise<Demo> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'local-brain-demo-')))
  for (const [path, text] of Object.entries(sample)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const server = await startScriptedOllama({ models: [{ name: 'scripted-replies' }], script: answerDemo })
  return {
    root,
    file: sampleBug.path,
    prompt: 'Why does almost every order ship for free?',
    host: server.url,
    model: 'scripted-replies',
    async close() {
      await server.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
