import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { command } from '../doors/cli/local-brain.ts'
import type { ScriptSource, ScriptedOllamaOptions } from '../scripted-ollama/scripted-ollama.ts'
import { serve } from '../scripted-ollama/serve.ts'
import { environment } from '../workspace.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

type Around = { cwd: string; script: ScriptSource; ollama?: ScriptedOllamaOptions }

/** Starts the built program in a folder, in front of a scripted model. It is ended with the test. */
export async function program(args: string[], { cwd, script, ollama: options }: Around) {
  const ollama = await serve({ script, ...options })
  const [file = '', ...words] = command
  const env = { ...environment, HOME: temporaryFolder().root, OLLAMA_HOST: ollama.url }
  const child = spawn(file, [...words, ...args], { cwd, env })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, ollama }
}

/** The built server, when it listens. */
export async function started({ args = [], ...around }: Around & { args?: string[] }) {
  const { child, ollama } = await program(['serve', '--port', '0', ...args], around)
  const url = await new Promise<string>((resolve) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const found = /^Listening on (http:\S+)/.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return { url, child, ollama }
}

/** The address of the built server. */
export async function served(around: Around): Promise<string> {
  return (await started(around)).url
}
