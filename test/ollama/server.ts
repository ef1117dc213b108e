import { parseHost } from '../../src/engines/host.ts'
import type { ModelEvent } from '../../src/core/model.ts'
import { createOllama } from '../../src/engines/ollama/engine.ts'
import { createServer, type InstalledModel } from '../../src/engines/ollama/server.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const host = parseHost(process.env['OLLAMA_HOST'])
export const server = createServer({ url: host.url, budgets: { connectMs: 2000, quickMs: 15_000 } })
const signal = () => new AbortController().signal

export type Subject = { url: string; version: string; model: InstalledModel }

/** The model to check with, or why there is none: LOCAL_BRAIN_MODEL, else the smallest that can chat. */
export async function findSubject(): Promise<Subject | string> {
  try {
    const [version, installed] = await Promise.all([server.version(signal()), server.tags(signal())])
    const wanted = process.env['LOCAL_BRAIN_MODEL']
    const usable = installed.filter(
      ({ name, isRemote, capabilities = ['completion'] }) =>
        !isRemote && capabilities.includes('completion') && (wanted === undefined || name === wanted),
    )
    const [model] = usable.sort((a, b) => a.size - b.size)
    return model ? { url: host.url, version, model } : `${host.url} has no model ${wanted ?? 'that can chat'}`
  } catch {
    return `no Ollama answers at ${host.url}`
  }
}

/** The model as a run would get it, with nothing remembered. */
export async function connectTo({ model }: Subject, window: number) {
  const engine = createOllama({ host, allowRemote: false, store: createStore(temporaryFolder().root) })
  const info = (await engine.list(signal())).find(({ name }) => name === model.name)
  if (info === undefined) throw new Error(`${model.name} is gone`)
  const options = { temperature: 0, seed: 1 }
  return engine.open(info, { workBytes: 1000, needsTools: true, window, options }, alone())
}

/** Without anybody who looks on or stops it. */
export function alone(emit: (event: ModelEvent) => void = () => undefined) {
  return { signal: signal(), emit }
}
