import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { command } from '../doors/cli/local-brain.ts'
import type { ScriptSource } from '../scripted-ollama/scripted-ollama.ts'
import { serve } from '../scripted-ollama/serve.ts'
import { environment } from '../workspace.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

/** Starts the built program in a folder, in front of a scripted model. It is ended with the test. */
export async function program(args: string[], { cwd, script }: { cwd: string; script: ScriptSource }) {
  const ollama = await serve({ script })
  const [file = '', ...words] = command
  const env = { ...environment, HOME: temporaryFolder().root, OLLAMA_HOST: ollama.url }
  const child = spawn(file, [...words, ...args], { cwd, env })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, ollama }
}

/** The address of the built server. */
export async function served(around: { cwd: string; script: ScriptSource }): Promise<string> {
  const { child } = await program(['serve', '--port', '0'], around)
  return new Promise((resolve) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const found = /^Listening on (http:\S+)/.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
}
