import { type Wording, tokens } from '../chat/failure.ts'

const another = 'choose another model with --model'
const again = 'try again; "ollama ps" shows what the server is doing'

/** How a person is told what failed. */
export const wording: Wording = {
  unreachable: ({ server, failure }) => [
    `Cannot reach ${server}${failure.text ? ` (${failure.text})` : ''}`,
    'start it with "ollama serve", or set OLLAMA_HOST; without Ollama: local-brain setup',
  ],
  died: ({ server }) => [`${server} closed the connection before it answered`, again],
  silent: ({ server, failure }) => [`${server} ${failure.text}`, again],
  redirected: ({ server }) => [
    `${server} redirects to another address, which is not followed`,
    'give the address it redirects to with --host or OLLAMA_HOST',
  ],
  'odd-reply': ({ server, said }) => [`${server} does not answer like Ollama${said}`, 'check --host or OLLAMA_HOST'],
  'no-path': ({ server, path, said }) => [
    `${server} has no ${path}${said}`,
    'check --host or OLLAMA_HOST; a proxy in front of Ollama has to let this path through',
  ],
  'too-old': ({ model, said }) => [
    `This version of Ollama is too old for ${model.replace(/^The /, 'the ').replace(/^Model /, 'model ')}${said}`,
    'upgrade Ollama, or choose another model with --model',
  ],
  'model-missing': ({ model }) => [`${model} is not installed`, '"ollama list" shows what is'],
  'remote-refused': ({ model, said }) => [
    `${model} does not run on this machine, and the cloud refuses it${said}`,
    'choose a local model with --model, or sign in with "ollama signin"',
  ],
  'host-refused': ({ server, said }) => [
    `${server} does not accept requests for this host name${said}`,
    'give its IP address with --host or OLLAMA_HOST',
  ],
  'access-refused': ({ server, said }) => [
    `${server} refuses access${said}`,
    'check --host or OLLAMA_HOST, and what the proxy in front of Ollama requires',
  ],
  busy: ({ server, said }) => [`${server} is busy${said || ': too many requests are waiting'}`, again],
  loading: ({ model, said }) => [`${model} is still being loaded${said}`, again],
  'out-of-memory': ({ model, said }) => [
    `${model} does not fit into memory${said}`,
    'choose a smaller model with --model, or a smaller window with --num-ctx',
  ],
  'runner-stopped': ({ model, said }) => [`${model} stopped running on the server${said}`, again],
  'load-failed': ({ model, said }) => [
    `${model} could not be loaded${said}`,
    'choose another or a smaller model with --model, or a smaller window with --num-ctx',
  ],
  overflow: ({ failure }) => [
    `The prompt${tokens(failure.promptTokens)} is too long for the window${tokens(failure.numCtx)}`,
    'give it less input, or a larger window with --num-ctx',
  ],
  'no-tools': ({ model }) => [`${model} has no tool calling`, another],
  'no-format': ({ model, said }) => [`${model} can't hold a reply to a JSON schema${said}`, another],
  'no-thinking': ({ model }) => [`${model} does not support this kind of thinking`, 'leave out --think'],
  'no-chat': ({ model }) => [`${model} is not a chat model`, another],
  'malformed-call': ({ model, said }) => [`${model} wrote tool calls that Ollama could not read${said}`, another],
  broken: ({ said }) => [`The answer broke off${said}`, again],
  'server-failed': ({ server, said, failure }) => [
    `${server} failed${failure.status === undefined ? '' : ` (${failure.status})`}${said}`,
    again,
  ],
}
