import type { ServeRequest, Served } from '../server/create-server.ts'
import { shellWord } from '../../text/shell-word.ts'
import { escapeLine } from '../../text/escape.ts'
import { paragraphs } from './terminal.ts'

/** What to copy into clients. */
export function banner(
  served: Served,
  { allow = 'read', noCommands = false }: Pick<ServeRequest, 'allow' | 'noCommands'>,
): string {
  const { url, root, model, token, isNewToken } = served
  const may = {
    read: 'read',
    write: 'read and write',
    run: noCommands ? 'read and write' : 'read, write and run commands',
  }
  const name = model?.name ?? '<model>'
  const key = token === undefined ? 'local' : isNewToken ? token : '$LOCAL_BRAIN_TOKEN'
  const about = model === undefined ? 'no model could be found yet' : `${name}, ${model.window} tokens`
  const lines = [
    paragraphs(`Listening on ${url} (${escapeLine(about)}; tools may ${may[allow]} in ${escapeLine(root)})`),
    ...(isNewToken ? [`Token: ${token}`] : []),
    '',
    'Claude Code:',
    `  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${key} CLAUDE_CODE_ATTRIBUTION_HEADER=0 \\`,
    `  ${model === undefined ? '' : `CLAUDE_CODE_AUTO_COMPACT_WINDOW=${model.window} `}claude --bare --model ${shellWord(name)}`,
    `Codex, ${isNewToken ? `with LOCAL_BRAIN_TOKEN=${token} in its environment and ` : 'in '}~/.codex/config.toml:`,
    `  model = ${JSON.stringify(name)}`,
    '  model_provider = "local-brain"',
    '  [model_providers.local-brain]',
    '  name = "local-brain"',
    `  base_url = "${url}/v1"`,
    '  wire_api = "responses"',
    ...(token === undefined ? [] : ['  env_key = "LOCAL_BRAIN_TOKEN"']),
    'OpenAI:',
    `  OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=${key}   # model ${escapeLine(name)}`,
    '',
  ]
  return lines.join('\n')
}
