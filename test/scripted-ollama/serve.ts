import { onTestFinished } from 'vitest'
import { type ScriptedOllama, type ScriptedOllamaOptions, startScriptedOllama } from './scripted-ollama.ts'

/** A scripted server for one test, gone afterwards. */
export async function serve(options: ScriptedOllamaOptions = {}): Promise<ScriptedOllama> {
  const server = await startScriptedOllama(options)
  onTestFinished(() => server.close())
  return server
}
