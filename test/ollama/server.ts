import { connect } from '../../src/engines/ollama/connect.ts'
import { parseHost } from '../../src/engines/host.ts'
import type { ModelEvent } from '../../src/core/model.ts'
import { createOllama, type InstalledModel } from '../../src/engines/ollama/ollama.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from '../workspace-fixture.ts'

const host = parseHost(process.env['OLLAMA_HOST'])
export const server = createOllama({ url: host.url, budgets: { connectMs: 2000, quickMs: 15_000 } })
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
export function connectTo({ model }: Subject, numCtx: number) {
  return connect(
    {
      host,
      allowRemote: false,
      store: createStore(temporaryFolder().root),
      explicit: model.name,
      preferences: [],
      needsTools: true,
      numCtx,
      options: { temperature: 0, seed: 1 },
      workChars: 1000,
    },
    { signal: signal(), emit: () => undefined },
  )
}

/** Without anybody who looks on or stops it. */
export function alone(emit: (event: ModelEvent) => void = () => undefined) {
  return { signal: signal(), emit }
}
