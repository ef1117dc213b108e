/** What the servers say of themselves, and the words in which each refuses. */
export type Flavor = {
  /** A name as its models have. */
  model: string
  /** The reply to a GET of a path that it has. */
  get(path: string, served: { models: string[]; window: number }): unknown
  missing(method: string, path: string): { status: number; body: unknown }
  tooLong(tokens: number, asked: number, window: number): { status: number; body: unknown }
  noTools: { status: number; body: unknown }
}

type Served = { models: string[]; window: number }

const created = 1_790_000_000
const list = (data: unknown[]) => ({ object: 'list', data })
const invalid = (message: string) => ({
  status: 400,
  body: { object: 'error', message, type: 'BadRequestError', param: null, code: 400 },
})

/** Tried against the server itself. */
const llamaCpp: Flavor = {
  model: 'qwen3-8b-q4.gguf',
  get(path, { models, window }: Served) {
    if (path === '/props') return { default_generation_settings: { n_ctx: window }, build_info: 'b6123-scripted' }
    if (path !== '/v1/models') return undefined
    const meta = { n_vocab: 151_936, n_ctx_train: 40_960, n_embd: 4096, n_params: 8_190_735_360, size: 5_020_000_000 }
    return list(models.map((id) => ({ id, object: 'model', created, owned_by: 'llamacpp', meta })))
  },
  missing: () => ({ status: 404, body: { error: { message: 'File Not Found', type: 'not_found_error', code: 404 } } }),
  tooLong(tokens, _, window) {
    const message = `request (${tokens} tokens) exceeds the available context size (${window} tokens), try increasing it`
    const error = { code: 400, message, type: 'exceed_context_size_error', n_prompt_tokens: tokens, n_ctx: window }
    return { status: 400, body: { error } }
  },
  noTools: {
    status: 500,
    body: { error: { code: 500, message: 'tools param requires --jinja flag', type: 'server_error' } },
  },
}

/** Recorded from vLLM's documentation and reports. */
const vllm: Flavor = {
  model: 'Qwen/Qwen3-8B',
  get(path, { models, window }: Served) {
    if (path === '/version') return { version: '0.11.2' }
    if (path !== '/v1/models') return undefined
    return list(
      models.map((id) => ({
        id,
        object: 'model',
        created,
        owned_by: 'vllm',
        root: id,
        parent: null,
        max_model_len: window,
      })),
    )
  },
  missing: () => ({ status: 404, body: { detail: 'Not Found' } }),
  tooLong: (tokens, asked, window) =>
    tokens < window
      ? invalid(
          `'max_tokens' or 'max_completion_tokens' is too large: ${asked}. This model's maximum context length is ${window} tokens and your request has ${tokens} input tokens (${asked} > ${window} - ${tokens}).`,
        )
      : invalid(
          `This model's maximum context length is ${window} tokens. However, you requested ${tokens + asked} tokens (${tokens} in the messages, ${asked} in the completion). Please reduce the length of the messages or completion.`,
        ),
  noTools: invalid('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
}

/** Recorded from SGLang's documentation and reports. */
const sglang: Flavor = {
  ...vllm,
  get(path, { models, window }: Served) {
    if (path !== '/v1/models') return undefined
    return list(
      models.map((id) => ({ id, object: 'model', created, owned_by: 'sglang', root: id, max_model_len: window })),
    )
  },
  tooLong: (tokens, asked, window) =>
    tokens < window
      ? invalid(
          `Requested token count exceeds the model's maximum context length of ${window} tokens. You requested a total of ${tokens + asked} tokens: ${tokens} tokens from the input messages and ${asked} tokens for the completion.`,
        )
      : invalid(`The input (${tokens} tokens) is longer than the model's context length (${window} tokens).`),
}

/** Recorded from LM Studio's documentation and reports. */
const lmStudio: Flavor = {
  model: 'qwen/qwen3-8b',
  get(path, { models, window }: Served) {
    if (path === '/v1/models')
      return list(models.map((id) => ({ id, object: 'model', owned_by: 'organization_owner' })))
    if (path !== '/api/v0/models') return undefined
    const loaded = { state: 'loaded', max_context_length: 40_960, loaded_context_length: window }
    return list([
      ...models.map((id) => ({
        id,
        object: 'model',
        type: 'llm',
        arch: 'qwen3',
        ...loaded,
        capabilities: ['tool_use'],
      })),
      {
        id: 'text-embedding-nomic',
        object: 'model',
        type: 'embeddings',
        state: 'not-loaded',
        max_context_length: 2048,
      },
    ])
  },
  // It says 200 to whatever it does not know.
  missing: (method, path) => ({ status: 200, body: { error: `Unexpected endpoint or method. (${method} ${path})` } }),
  tooLong: (tokens, _, window) => ({
    status: 400,
    body: {
      error: `Trying to keep the first ${tokens} tokens when context the overflows. However, the model is loaded with context length of only ${window} tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input`,
    },
  }),
  noTools: { status: 400, body: { error: 'Model does not support tools' } },
}

/** Says no more than it has to. */
const bare: Flavor = {
  model: 'local-model',
  get: (path, { models }) => (path === '/v1/models' ? list(models.map((id) => ({ id, object: 'model' }))) : undefined),
  missing: () => ({ status: 404, body: { error: { message: 'Not found' } } }),
  tooLong: () => ({ status: 400, body: { error: { message: 'prompt is too long' } } }),
  noTools: { status: 400, body: { error: { message: 'tools are not supported' } } },
}

export const flavors = { 'llama.cpp': llamaCpp, vllm, sglang, 'lm-studio': lmStudio, bare } as const
export type FlavorName = keyof typeof flavors
