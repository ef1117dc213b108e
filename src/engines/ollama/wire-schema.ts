import * as z from 'zod'

/** A count or a duration. A value that makes no sense counts as unknown. */
const amount = z.number().nonnegative().optional().catch(undefined)

/** One line of a chat stream. Zero and empty fields are absent on the wire. */
export const chatEvent = z.looseObject({
  message: z
    .looseObject({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      /** Parsed by readNativeCalls, which accepts any shape. */
      tool_calls: z.unknown().optional(),
    })
    .nullish(),
  done: z.boolean().optional(),
  done_reason: z.string().optional(),
  prompt_eval_count: amount,
  eval_count: amount,
  load_duration: amount,
  prompt_eval_duration: amount,
  eval_duration: amount,
})
export type ChatEvent = z.infer<typeof chatEvent>

const remote = { remote_host: z.string().optional(), remote_model: z.string().optional() }

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

export const tagsReply = z
  .looseObject({
    models: z
      .array(
        z.looseObject({
          ...remote,
          name: z.string(),
          digest: z.string().default(''),
          size: z.number().default(0),
          capabilities: z.array(z.string()).nullish(),
          details: z
            .looseObject({
              family: z.string().optional(),
              parameter_size: z.string().optional(),
              context_length: z.number().optional(),
            })
            .nullish(),
        }),
      )
      .nullish(),
  })
  .transform(({ models }) =>
    (models ?? []).map(
      (model): InstalledModel => ({
        name: model.name,
        digest: model.digest,
        size: model.size,
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

export const psReply = z
  .looseObject({
    models: z
      .array(
        z.looseObject({
          name: z.string(),
          digest: z.string().default(''),
          size: z.number().default(0),
          size_vram: z.number().default(0),
          context_length: z.number().default(0),
        }),
      )
      .nullish(),
  })
  .transform(({ models }) =>
    (models ?? []).map(
      (model): LoadedModel => ({
        name: model.name,
        digest: model.digest,
        size: model.size,
        sizeVram: model.size_vram,
        contextLength: model.context_length,
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

export const showReply = z
  .looseObject({
    ...remote,
    capabilities: z.array(z.string()).nullish(),
    details: z.looseObject({ family: z.string().optional() }).nullish(),
    model_info: z.record(z.string(), z.unknown()).nullish(),
    parameters: z.string().nullish(),
    template: z.string().nullish(),
  })
  .transform((reply): ShownModel => {
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
  })

function capabilitiesIn(template: string): string[] {
  return template.includes('.Tools') ? ['completion', 'tools'] : ['completion']
}

export const versionReply = z.looseObject({ version: z.string() }).transform(({ version }) => version)

type Remote = { remote_host?: string; remote_model?: string }

function remoteFields({ remote_host, remote_model }: Remote): { isRemote: boolean; remoteHost?: string } {
  return { isRemote: Boolean(remote_host || remote_model), remoteHost: remote_host || undefined }
}
