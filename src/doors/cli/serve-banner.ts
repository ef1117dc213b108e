import type { ServeRequest, Served } from '../server/create-server.ts'
import { shellWord } from '../../text/shell-word.ts'
import { escapeLine } from '../../text/escape.ts'

/** What to copy into clients. */
export function banner(
  served: Served,
  { allow, noCommands = false }: Pick<ServeRequest, 'allow' | 'noCommands'>,
): string {
  const { url, root, model, token, isNewToken } = served
  const may = { read: 'read', write: 'read and write', run: noCommands ? 'read and write' : 'read, write and run' }
  const name = model?.name ?? '<model>'
  const key = token === undefined ? 'local' : isNewToken ? token : '$LOCAL_BRAIN_TOKEN'
  const about = model === undefined ? 'no model could be found yet' : `${name}, ${model.window} tokens`
  const lines = [
    `Listening on ${url} (${escapeLine(about)}; tools ${may[allow]} ${escapeLine(root)})`,
    ...(isNewToken ? [`Token: ${token}`] : []),
    '',
    'OpenAI:',
    `  OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=${key}   model ${shellWord(name)}`,
    '',
  ]
  return lines.join('\n')
}
