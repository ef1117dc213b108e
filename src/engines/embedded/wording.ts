import { type Wording, createFail, tokens } from '../chat/failure.ts'

const smaller = 'choose a smaller one: local-brain setup --engine embedded --model tiny'
const again = 'try again, or set it up anew: local-brain setup --engine embedded'

/** How a person is told what failed. Of what only a server does, nothing can happen here. */
const wording: Wording = {
  unreachable: ({ model }) => [`${model} can't be started`, again],
  died: ({ model }) => [`${model} stopped running`, again],
  silent: ({ model }) => [`${model} says nothing`, again],
  redirected: ({ model }) => [`${model} can't be started`, again],
  'odd-reply': ({ model, said }) => [`${model} answers oddly${said}`, again],
  'no-path': ({ model, said }) => [`${model} can't be started${said}`, again],
  'too-old': ({ model, said }) => [`The embedded engine is too old for it: ${model}${said}`, again],
  'model-missing': ({ model }) => [`${model} is not set up`, 'local-brain setup --engine embedded --model <file.gguf>'],
  'remote-refused': ({ model }) => [`${model} does not run on this machine`, again],
  'host-refused': ({ model }) => [`${model} can't be started`, again],
  'access-refused': ({ model }) => [`${model} can't be started`, again],
  busy: ({ model }) => [`${model} is busy`, again],
  loading: ({ model }) => [`${model} is still being loaded`, again],
  'out-of-memory': ({ model, said }) => [`${model} does not fit into memory${said}`, smaller],
  'runner-stopped': ({ model, said }) => [`${model} stopped running${said}`, again],
  'load-failed': ({ model, said }) => [`${model} could not be loaded${said}`, again],
  overflow: ({ failure }) => [
    `The prompt${tokens(failure.promptTokens)} is too long for the window${tokens(failure.numCtx)}`,
    'give it less input, or a larger window with --num-ctx',
  ],
  'no-tools': ({ model }) => [`${model} has no tool calling`, again],
  'no-format': ({ model, said }) => [`${model} can't hold a reply to a JSON schema${said}`, again],
  'no-thinking': ({ model }) => [`${model} does not support this kind of thinking`, 'leave out --think'],
  'no-chat': ({ model }) => [`${model} is not a chat model`, again],
  'malformed-call': ({ model, said }) => [`${model} wrote tool calls that could not be read${said}`, again],
  broken: ({ said }) => [`The answer broke off${said}`, again],
  'server-failed': ({ model, said }) => [`${model} failed${said}`, again],
}

export const wireError = createFail('the embedded engine', wording)
