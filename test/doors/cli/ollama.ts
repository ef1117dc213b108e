import {
  type ScriptSource,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
} from '../../scripted-ollama/scripted-ollama.ts'
import { type Report, reportSchema } from '../../../src/report/report.ts'
import type { Ended } from './local-brain.ts'
import { serve } from '../../scripted-ollama/serve.ts'

/** A scripted server for one test, closed afterwards. */
export function ollama(script: ScriptSource, options: ScriptedOllamaOptions = {}): Promise<ScriptedOllama> {
  return serve({ script, ...options })
}

/** The report of a run with `--format json`; its shape is checked on the way. */
export function reportOf(run: Ended): Report {
  if (run.stdout === '') throw new Error(`no report; standard error says:\n${run.stderr}`)
  return reportSchema.parse(JSON.parse(run.stdout))
}

/** How often the server refused a chat, by status. */
export function refusals(server: ScriptedOllama): number[] {
  return server.log.filter(({ path, status }) => path === '/api/chat' && status >= 400).map(({ status }) => status)
}

/** Everything that the model was told, of all requests. */
export function toldText(server: ScriptedOllama): string {
  return server.requests.flatMap(({ messages }) => messages.map(({ content }) => content)).join('\n')
}
