import * as z from 'zod'

/** A count or a duration. A value that makes no sense counts as unknown. */
const amount = z.number().nonnegative().optional().catch(undefined)
const size = z.int().positive().optional().catch(undefined)
const text = z.string().optional().catch(undefined)

const delta = z.looseObject({
  content: z.string().nullish(),
  /** The two names that servers have for thinking. */
  reasoning: z.string().nullish().catch(undefined),
  reasoning_content: z.string().nullish().catch(undefined),
  /** Put together by tool-calls.ts, which accepts any shape. */
  tool_calls: z.unknown().optional(),
  function_call: z.unknown().optional(),
})

const choice = z.looseObject({
  index: amount,
  delta: delta.nullish(),
  /** In place of `delta` when the server does not stream. */
  message: delta.nullish(),
  finish_reason: z.string().nullish(),
})

/** One event of a chat stream, or a whole completion. */
export const chatEvent = z.looseObject({
  choices: z.array(choice).nullish(),
  usage: z.looseObject({ prompt_tokens: amount, completion_tokens: amount }).nullish(),
  /** llama.cpp only. */
  timings: z.looseObject({ prompt_ms: amount, predicted_ms: amount }).nullish().catch(undefined),
})
export type ChatEvent = z.infer<typeof chatEvent>

/** A model of `/v1/models`, with what servers add to it. */
const model = z.looseObject({
  id: z.string().min(1),
  owned_by: text,
  root: text,
  /** vLLM and SGLang. */
  max_model_len: size,
  /** OpenRouter, local-brain. */
  context_length: size,
  /** llama.cpp. */
  meta: z.looseObject({ n_ctx_train: size, n_params: amount, size: amount }).nullish().catch(undefined),
  /** llama.cpp with several models: loaded, unloaded. */
  status: z.looseObject({ value: text }).nullish().catch(undefined),
})
export type ListedModel = z.infer<typeof model>

export const modelsReply = z.looseObject({ data: z.array(model) }).transform(({ data }) => data)

/** `/props` of llama.cpp. `n_ctx` is the window of one request. */
export const propsReply = z
  .looseObject({
    default_generation_settings: z.looseObject({ n_ctx: size }),
    build_info: text,
  })
  .transform((reply) => ({ window: reply.default_generation_settings.n_ctx, build: reply.build_info }))

/** `/api/v0/models` of LM Studio. */
export const studioReply = z
  .looseObject({
    data: z.array(
      z.looseObject({
        id: z.string(),
        type: text,
        state: text,
        max_context_length: size,
        loaded_context_length: size,
        capabilities: z.array(z.string()).optional().catch(undefined),
      }),
    ),
  })
  .transform(({ data }) => data)
export type StudioModel = z.infer<typeof studioReply>[number]
