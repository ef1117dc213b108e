import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { socketFailure } from '../../../src/engines/http/failure.ts'
import { failureOf } from '../../../src/engines/chat/failure.ts'
import { refusal } from '../../../src/engines/ollama/wire-error.ts'

const asked = { url: 'http://127.0.0.1:11434', model: 'qwen3:8b' }

const nestedOverflow = JSON.stringify({
  error: {
    code: 400,
    message: 'request (18995 tokens) exceeds the available context size (4096 tokens), try increasing it',
    type: 'exceed_context_size_error',
    n_prompt_tokens: 18995,
    n_ctx: 4096,
  },
})

// What Ollama really answers. Status 200 is an error line within a stream.
const rows: [status: number, text: string, code: string, kind: string][] = [
  [400, 'missing request body', 'server-failed', 'server-failed'],
  [400, 'json: cannot unmarshal array into Go struct field .messages of type string', 'server-failed', 'server-failed'],
  [404, "model 'llama9' not found", 'model-missing', 'model-missing'],
  [404, 'model "x" not found, try pulling it first', 'model-missing', 'model-missing'],
  [400, 'registry.ollama.ai/library/gemma3:latest does not support tools', 'capability', 'no-tools'],
  [400, '"llama3.2" does not support thinking', 'capability', 'no-thinking'],
  [
    400,
    'invalid think value: "x" (must be "high", "medium", "low", "max", true, or false)',
    'capability',
    'no-thinking',
  ],
  [400, '"bert" does not support chat', 'capability', 'no-chat'],
  [
    500,
    'invalid format: "\\"yaml\\""; expected "json" or a valid JSON Schema object',
    'server-failed',
    'server-failed',
  ],
  [400, '{"error":{"code":400,"message":"failed to parse grammar","type":"x"}}', 'server-failed', 'server-failed'],
  [400, 'the prompt is longer than the context length currently available to the model', 'overflow', 'overflow'],
  [400, 'the input length exceeds the context length', 'overflow', 'overflow'],
  [400, nestedOverflow, 'overflow', 'overflow'],
  [400, "input length (9000 tokens) exceeds the model's maximum context length (4096 tokens)", 'overflow', 'overflow'],
  [500, 'no user query found in messages', 'overflow', 'overflow'],
  [500, 'context deadline exceeded', 'server-failed', 'server-failed'],
  [503, 'server busy, please try again.  maximum pending requests exceeded', 'busy', 'busy'],
  [500, 'llama-server process has terminated: cudaMalloc failed: out of memory', 'load-failed', 'out-of-memory'],
  [500, 'llama-server reported out-of-memory during startup: x', 'load-failed', 'out-of-memory'],
  [500, 'timed out waiting for llama-server to start - x', 'load-failed', 'load-failed'],
  [500, 'unable: failed to load model: incompatible with your version of Ollama', 'load-failed', 'too-old'],
  // Older and newer wordings of a model that does not load.
  [500, 'timed out waiting for llama runner to start - progress 0.00 - ', 'load-failed', 'load-failed'],
  [500, 'llama runner process has terminated: exit status 2', 'load-failed', 'load-failed'],
  [500, 'llama runner process no longer running: -1 ', 'load-failed', 'load-failed'],
  [500, 'unable to load model: /root/.ollama/models/blobs/sha256-1', 'load-failed', 'load-failed'],
  [500, 'error loading model: invalid magic', 'load-failed', 'load-failed'],
  [500, 'model failed to load, this may be due to resource limitations', 'load-failed', 'load-failed'],
  [500, "unable to load model: unknown model architecture: 'gemma9'", 'load-failed', 'too-old'],
  [412, 'this model requires a newer version of Ollama', 'load-failed', 'too-old'],
  [500, 'unsupported model, you may need to upgrade your ollama', 'load-failed', 'too-old'],
  [
    400,
    'json: cannot unmarshal object into Go struct field ChatRequest.format of type string',
    'load-failed',
    'too-old',
  ],
  [500, 'model requires more system memory (5.6 GiB) than is available (2.1 GiB)', 'load-failed', 'out-of-memory'],
  [500, 'CUDA error: out of memory', 'load-failed', 'out-of-memory'],
  [500, 'unable to allocate CUDA0 buffer', 'load-failed', 'out-of-memory'],
  [500, 'vk::Device::allocateMemory: ErrorOutOfDeviceMemory', 'load-failed', 'out-of-memory'],
  [500, 'std::bad_alloc', 'load-failed', 'out-of-memory'],
  // A capability that is missing.
  [400, 'think value "low" is not supported for this model', 'capability', 'no-thinking'],
  [400, 'thinking is not supported by this model', 'capability', 'no-thinking'],
  [
    400,
    'json: cannot unmarshal string into Go struct field ChatRequest.think of type bool',
    'capability',
    'no-thinking',
  ],
  [400, 'tools are not supported for this model', 'capability', 'no-tools'],
  [501, 'This model does not support function calling.', 'capability', 'no-tools'],
  [400, 'unsupported parameter: tools', 'capability', 'no-tools'],
  // What a proxy refuses.
  [401, '{"detail": "Not authenticated"}', 'remote-refused', 'access-refused'],
  [403, '{"message": "your address is not allowed"}', 'remote-refused', 'access-refused'],
  [407, 'Proxy Authentication Required', 'remote-refused', 'access-refused'],
  [429, '{"message": "the quota of this key is used up"}', 'busy', 'busy'],
  [
    500,
    'model runner has unexpectedly stopped, this may be due to resource limitations',
    'server-failed',
    'runner-stopped',
  ],
  [200, 'an error was encountered while running the model: x', 'server-failed', 'runner-stopped'],
  [500, 'failed to parse JSON: unexpected end of JSON input', 'malformed-call', 'malformed-call'],
  [500, 'empty function name', 'malformed-call', 'malformed-call'],
  [500, 'XML syntax error on line 7: element <function> closed by </parameter>', 'malformed-call', 'malformed-call'],
  [200, 'expected element type <function> but have <parameter>', 'malformed-call', 'malformed-call'],
  [500, "error parsing tool call: raw='{', err=unexpected end", 'malformed-call', 'malformed-call'],
  [200, 'incomplete GLM tool call: x', 'malformed-call', 'malformed-call'],
  [500, "tool 'x' not found", 'malformed-call', 'malformed-call'],
  [200, 'llama-server returned invalid tool call arguments for "x": eof', 'malformed-call', 'malformed-call'],
  [200, 'prediction aborted, token repeat limit reached', 'broken-stream', 'broken'],
  [403, 'ollama cloud is disabled: remote model is unavailable', 'remote-refused', 'remote-refused'],
  [401, 'unauthorized', 'remote-refused', 'remote-refused'],
  [403, '', 'remote-refused', 'host-refused'],
  [502, 'dial tcp: lookup ollama.com', 'server-failed', 'server-failed'],
]

test.each(rows)('%i %s is %s', (status, text, code, kind) => {
  const error = refusal(status, text, asked)
  expect(error.code).toBe(code)
  expect(failureOf(error)?.kind).toBe(kind)
  expect(error.hint).toBeTruthy()
})

test.each<[string, unknown, string]>([
  ['FastAPI', { detail: 'the quota of this key is used up' }, 'the quota of this key is used up'],
  ['FastAPI, of a field', { detail: [{ loc: ['body', 'model'], msg: 'field required' }] }, 'field required'],
  ['a message', { code: 7, message: 'the quota is used up' }, 'the quota is used up'],
  ['a list of errors', { errors: [{ message: 'the quota is used up' }] }, 'the quota is used up'],
  ['a list of texts', { errors: ['the quota is used up'] }, 'the quota is used up'],
  ['OpenAI', { error: { message: 'the quota is used up', type: 'x', code: null } }, 'the quota is used up'],
  ['a problem', { type: 'about:blank', title: 'Too much', status: 400 }, 'Too much'],
  ['an error that says nothing, and a reason', { error: '', reason: 'the quota is used up' }, 'the quota is used up'],
  ['a key of its own', { fehler: 'das Kontingent ist verbraucht' }, 'das Kontingent ist verbraucht'],
  ['plain text', 'the quota is used up\n', 'the quota is used up'],
  ['JSON in JSON', JSON.stringify({ error: '{"message":"the quota is used up"}' }), 'the quota is used up'],
  ['a page', '<html><head><title>Quota used up</title></head><body>…</body></html>', 'Quota used up'],
  ['a page without a title', '<html><body><h1>Quota used up</h1></body></html>', 'Quota used up'],
])('the words of a body reach the person: %s', (_, body, words) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  expect(refusal(400, text, asked).message).toBe(`Ollama at ${asked.url} failed (400): ${words}`)
})

test.each(['', '{}', '[]', 'null', '{"error":""}', '{"a":{"b":{"c":{"d":{"e":{"f":{"g":"h i"}}}}}}}'])(
  'the body %j says nothing, and nothing is made of it',
  (body) => {
    expect(refusal(400, body, asked).message).toMatch(/ failed \(400\)(: null)?$/)
  },
)

test('an address that a proxy does not let through is named', () => {
  const error = refusal(404, '404 page not found', { ...asked, path: '/v9/api/chat' })
  expect(error.message).toBe('Ollama at http://127.0.0.1:11434 has no /v9/api/chat: 404 page not found')
})

test('a model that does not load, and one that is too new for the server, have hints that help', () => {
  expect(refusal(500, 'llama runner process has terminated: exit status 2', asked)).toMatchObject({
    message: 'Model "qwen3:8b" could not be loaded: llama runner process has terminated: exit status 2',
    hint: 'choose another or a smaller model with --model, or a smaller window with --num-ctx',
  })
  expect(refusal(500, "unknown model architecture: 'gemma9'", asked)).toMatchObject({
    message: `This version of Ollama is too old for model "qwen3:8b": unknown model architecture: 'gemma9'`,
    hint: 'upgrade Ollama, or choose another model with --model',
  })
})

test('an overflow carries the sizes that the server gave', () => {
  const mlx = "input length (9000 tokens) exceeds the model's maximum context length (8192 tokens)"
  expect(failureOf(refusal(400, nestedOverflow, asked))).toMatchObject({ promptTokens: 18995, numCtx: 4096 })
  expect(failureOf(refusal(400, mlx, asked))).toMatchObject({ promptTokens: 9000, numCtx: 8192 })
  expect(refusal(400, nestedOverflow, asked).message).toContain('(18995 tokens)')
})

test('the runner\u2019s own JSON is unwrapped', () => {
  const error = refusal(400, '{"error":{"code":400,"message":"failed to parse grammar","type":"x"}}', asked)
  expect(error.message).toBe('Ollama at http://127.0.0.1:11434 failed (400): failed to parse grammar')
})

test('a missing model is named, with the command that installs it', () => {
  expect(refusal(404, "model 'qwen3:8b:local' not found", asked)).toMatchObject({
    message: 'Model "qwen3:8b" is not installed',
    hint: 'ollama pull qwen3:8b',
  })
})

test('whatever a server says, its text is one short line without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      const { message } = refusal(500, text, asked)
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u)
      expect(message.length).toBeLessThan(400)
    }),
  )
})

test('an escape sequence is shown, not obeyed', () => {
  expect(refusal(500, 'a\u001b]0;title\u0007b', asked).message).toContain('a\\u001b]0;title\\u0007b')
})

test.each([
  ['ECONNREFUSED', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['ECONNRESET', 'died'],
  ['EPIPE', 'died'],
  ['HPE_INVALID_CONSTANT', 'odd-reply'],
])('%s before the reply is %s', (code, kind) => {
  expect(socketFailure(Object.assign(new Error('x'), { code }), false).kind).toBe(kind)
})
