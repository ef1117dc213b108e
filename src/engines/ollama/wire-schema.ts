import { fits } from '../../core/fits.ts'
import type { JsonSchema } from '../../core/model.ts'

// Before a prompt goes out, a library that checks replies would take longer to load than all of them to read.

/** Reads a reply of the server; undefined when it has another shape. */
export type Reader<T> = (value: unknown) => T | undefined

function reader<T>(schema: JsonSchema, read: (wire: never) => T): Reader<T> {
  return (value) => (fits(schema, value) ? read(value as never) : undefined)
}

const text = { type: 'string' }
const number = { type: 'number' }
const mapping = (properties: Record<string, JsonSchema>, required: string[] = []) => {
  return { type: 'object', properties, required }
}
const orNull = (schema: JsonSchema) => ({ anyOf: [{ type: 'null' }, schema] })
const list = (items: JsonSchema) => ({ type: 'array', items })

/** One line of a chat stream. Zero and empty fields are absent on the wire. */
export type ChatEvent = {
  content: string
  thinking: string
  /** Read by readNativeCalls, which accepts any shape. */
  calls: unknown
  doneReason?: string
  /** Counts and nanoseconds by the names that they have on the wire; what makes no sense is absent. */
  amounts: Partial<Record<Amount, number>>
}

const amounts = ['prompt_eval_count', 'eval_count', 'load_duration', 'prompt_eval_duration', 'eval_duration'] as const
type Amount = (typeof amounts)[number]

type WireEvent = Partial<Record<Amount, unknown>> & {
  message?: { content?: string | null; thinking?: string | null; tool_calls?: unknown } | null
  done_reason?: string
}

export const readEvent = reader(
  mapping({
    message: orNull(mapping({ content: orNull(text), thinking: orNull(text) })),
    done: { type: 'boolean' },
    done_reason: text,
  }),
  (event: WireEvent): ChatEvent => ({
    content: event.message?.content ?? '',
    thinking: event.message?.thinking ?? '',
    calls: event.message?.tool_calls,
    doneReason: event.done_reason,
    amounts: Object.fromEntries(amounts.flatMap((name) => (isAmount(event[name]) ? [[name, event[name]]] : []))),
  }),
)

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

const remote = { remote_host: text, remote_model: text }
type Remote = { remote_host?: string; remote_model?: string }

/** A model of `/api/tags`. Capabilities may be missing there; `/api/show` is right. */
export type InstalledModel = {
  name: string
  digest: string
  /** Bytes on disk. */
  size: number
  isRemote: boolean
  remoteHost?: string
  family?: string
  parameterSize?: string
  contextLength?: number
  capabilities?: string[]
}

type WireInstalled = Remote & {
  name: string
  digest?: string
  size?: number
  capabilities?: string[] | null
  details?: { family?: string; parameter_size?: string; context_length?: number } | null
}

const details = mapping({ family: text, parameter_size: text, context_length: number })

export const readTags = reader(
  mapping({
    models: orNull(
      list(
        mapping(
          {
            ...remote,
            name: text,
            digest: text,
            size: number,
            capabilities: orNull(list(text)),
            details: orNull(details),
          },
          ['name'],
        ),
      ),
    ),
  }),
  ({ models }: { models?: WireInstalled[] | null }) =>
    (models ?? []).map(
      (model): InstalledModel => ({
        name: model.name,
        digest: model.digest ?? '',
        size: model.size ?? 0,
        ...remoteFields(model),
        family: model.details?.family,
        parameterSize: model.details?.parameter_size,
        contextLength: model.details?.context_length,
        capabilities: model.capabilities ?? undefined,
      }),
    ),
)

/** A model of `/api/ps`. `contextLength` is the window that it really has. */
export type LoadedModel = { name: string; digest: string; size: number; sizeVram: number; contextLength: number }

type WireLoaded = { name: string; digest?: string; size?: number; size_vram?: number; context_length?: number }

export const readPs = reader(
  mapping({
    models: orNull(
      list(mapping({ name: text, digest: text, size: number, size_vram: number, context_length: number }, ['name'])),
    ),
  }),
  ({ models }: { models?: WireLoaded[] | null }) =>
    (models ?? []).map(
      (model): LoadedModel => ({
        name: model.name,
        digest: model.digest ?? '',
        size: model.size ?? 0,
        sizeVram: model.size_vram ?? 0,
        contextLength: model.context_length ?? 0,
      }),
    ),
)

/** What `/api/show` says about one model. If an old server lists no capabilities, they are read from the template. */
export type ShownModel = {
  capabilities: string[]
  isRemote: boolean
  remoteHost?: string
  /** Tokens that the model was trained for. */
  trainedContext?: number
  /** The window in the Modelfile. */
  numCtx?: number
  family?: string
  template: string
}

type WireShown = Remote & {
  capabilities?: string[] | null
  details?: { family?: string } | null
  model_info?: Record<string, unknown> | null
  parameters?: string | null
  template?: string | null
}

export const readShow = reader(
  mapping({
    ...remote,
    capabilities: orNull(list(text)),
    details: orNull(mapping({ family: text })),
    model_info: orNull(mapping({})),
    parameters: orNull(text),
    template: orNull(text),
  }),
  (reply: WireShown): ShownModel => {
    const info = reply.model_info ?? {}
    const trained = info[`${String(info['general.architecture'])}.context_length`]
    const numCtx = /^num_ctx\s+(\d+)/m.exec(reply.parameters ?? '')?.[1]
    return {
      capabilities: reply.capabilities?.length ? reply.capabilities : capabilitiesIn(reply.template ?? ''),
      ...remoteFields(reply),
      trainedContext: typeof trained === 'number' ? trained : undefined,
      numCtx: numCtx === undefined ? undefined : Number(numCtx),
      family: reply.details?.family,
      template: reply.template ?? '',
    }
  },
)

function capabilitiesIn(template: string): string[] {
  return template.includes('.Tools') ? ['completion', 'tools'] : ['completion']
}

export const readVersion = reader(
  mapping({ version: text }, ['version']),
  ({ version }: { version: string }) => version,
)

function remoteFields({ remote_host, remote_model }: Remote): { isRemote: boolean; remoteHost?: string } {
  return { isRemote: Boolean(remote_host || remote_model), remoteHost: remote_host || undefined }
}
