import { type Wording, tokens } from '../chat/failure.ts'

const another = 'choose another model with --model'
const again = 'try again; the log of the server may say more'

/** How a person is told what failed. */
export const wording: Wording = {
  unreachable: ({ server, failure }) => [
    `Cannot reach ${server}${failure.text ? ` (${failure.text})` : ''}`,
    'start it, or give another address with --host',
  ],
  died: ({ server }) => [`${capital(server)} closed the connection before it answered`, again],
  silent: ({ server, failure }) => [`${capital(server)} ${failure.text}`, again],
  redirected: ({ server }) => [
    `${capital(server)} redirects to another address, which is not followed`,
    'give the address it redirects to with --host',
  ],
  'odd-reply': ({ server, said }) => [
    `${capital(server)} does not answer like an OpenAI-compatible server${said}`,
    'check --host: the address ends in /v1, or in what stands before it',
  ],
  'no-path': ({ server, path, said }) => [
    `${capital(server)} has no ${path}${said}`,
    'check --host: the address ends in /v1, or in what stands before it',
  ],
  'too-old': ({ model, said }) => [`The server is too old for ${small(model)}${said}`, another],
  'model-missing': ({ model }) => [`${model} is not on the server`, 'local-brain models'],
  'remote-refused': ({ model, said }) => [
    `${model} does not run on this machine${said}`,
    'choose a local model with --model',
  ],
  'host-refused': ({ server, said }) => [
    `${capital(server)} does not accept requests for this host name${said}`,
    'give its IP address with --host',
  ],
  'access-refused': ({ server, said }) => [
    `${capital(server)} refuses access${said}`,
    'if it wants a key: LOCAL_BRAIN_API_KEY=… local-brain …',
  ],
  busy: ({ server, said }) => [`${capital(server)} is busy${said || ': too many requests are waiting'}`, again],
  loading: ({ server, said }) => [`${capital(server)} is still loading the model${said}`, again],
  'out-of-memory': ({ model, said }) => [
    `${model} does not fit into memory${said}`,
    'start the server with a smaller model or a smaller window',
  ],
  'runner-stopped': ({ model, said }) => [`${model} stopped running on the server${said}`, again],
  'load-failed': ({ model, said }) => [`${model} could not be loaded${said}`, another],
  overflow: ({ failure }) => [
    `The prompt${tokens(failure.promptTokens)} is too long for the window${tokens(failure.numCtx)}`,
    'give it less input, or start the server with a larger window',
  ],
  'no-tools': ({ model }) => [`The server has no tool calling for ${small(model)}`, another],
  'no-format': ({ server, said }) => [
    `${capital(server)} can't hold a reply to a JSON schema${said}`,
    'use a server that takes response_format',
  ],
  'no-thinking': ({ model }) => [`${model} does not support this kind of thinking`, 'leave out --think'],
  'no-chat': ({ model, said }) => [`${model} is not a chat model${said}`, another],
  'malformed-call': ({ model, said }) => [`${model} wrote tool calls that the server could not read${said}`, another],
  broken: ({ said }) => [`The answer broke off${said}`, again],
  'server-failed': ({ server, said, failure }) => [
    `${capital(server)} failed${failure.status === undefined ? '' : ` (${failure.status})`}${said}`,
    again,
  ],
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** As it is written in the middle of a sentence. */
function small(model: string): string {
  return model.replace(/^The /, 'the ').replace(/^Model /, 'model ')
}
