import { runnerNames } from './settings.ts'

/** One thing that can be set, and where. */
export type SettingRow = {
  what: string
  flag?: string
  /** Of the environment; several are in the order in which they count. */
  variables?: readonly string[]
  /** In the configuration. */
  key?: string
  default: string
}

/** Everything that the environment or the configuration can set, for `config --help`, the man page and docs/config.md. */
export const settingTable: readonly SettingRow[] = [
  { what: 'model', flag: '--model', variables: ['LOCAL_BRAIN_MODEL'], key: 'model', default: "the skill's choice" },
  { what: 'names of your own for models', key: 'aliases', default: 'none' },
  {
    what: 'server',
    flag: '--host',
    variables: ['OLLAMA_HOST'],
    key: 'host, engine.url',
    default: 'http://127.0.0.1:11434',
  },
  { what: 'kind of the server', flag: '--engine', key: 'engine.kind', default: 'found out' },
  { what: 'key for an OpenAI-compatible server', variables: ['LOCAL_BRAIN_API_KEY'], default: 'none' },
  { what: 'how long a model stays loaded', flag: '--keep-alive', key: 'keep_alive', default: '10m' },
  { what: 'requests at once to one server', flag: '--parallel', variables: ['OLLAMA_NUM_PARALLEL'], default: '1' },
  { what: 'what chat and work may do unasked', flag: '--allow', key: 'allow', default: 'read' },
  { what: 'whether anything is asked', flag: '--no-ask', key: 'ask', default: 'true' },
  { what: 'commands that may be run', flag: '--commands', key: 'commands', default: 'each is asked for' },
  { what: 'what commands see besides', flag: '--sandbox', key: 'sandbox', default: 'docs/commands.md' },
  { what: 'the same for one folder', key: 'workspaces', default: 'none' },
  {
    what: 'port of serve',
    flag: '--port',
    variables: ['OLLAMA_TOOLS_PORT'],
    key: 'serve.port',
    default: '8080',
  },
  {
    what: 'token of serve',
    flag: '--token',
    variables: ['LOCAL_BRAIN_TOKEN'],
    key: 'serve.token_file',
    default: 'none',
  },
  { what: 'address of serve', flag: '--bind', variables: ['OLLAMA_TOOLS_HOST'], default: '127.0.0.1' },
  { what: 'server behind serve', flag: '--host', variables: ['OLLAMA_BASE_URL', 'OLLAMA_HOST'], default: 'as above' },
  { what: 'colour', flag: '--color', variables: ['FORCE_COLOR', 'NO_COLOR', 'TERM'], default: 'on a terminal' },
  { what: 'skip a hook once', variables: ['LOCAL_BRAIN_SKIP'], default: 'off; 1 is on' },
  { what: 'stack traces', variables: ['LOCAL_BRAIN_DEBUG'], default: 'off; 1 is on' },
  {
    what: 'a CI runner: hooks do nothing, and the log gets whole lines',
    variables: runnerNames,
    default: 'none',
  },
  {
    what: 'where Ollama keeps its models, for setup',
    variables: ['OLLAMA_MODELS'],
    default: '~/.ollama/models',
  },
  { what: 'object folders that a clone may borrow from', variables: ['LOCAL_BRAIN_GIT_OBJECTS'], default: 'none' },
  { what: 'where the configuration is kept', variables: ['XDG_CONFIG_HOME'], default: '~/.config' },
  { what: 'where reviews are cached', variables: ['XDG_CACHE_HOME'], default: '~/.cache' },
  { what: 'where everything else is kept', variables: ['XDG_STATE_HOME'], default: '~/.local/state' },
]

/** The rows of the configuration's keys, in columns that fit a terminal. */
export function settingLines(): string[] {
  const rows = settingTable
    .filter(({ key }) => key !== undefined)
    .map(({ flag = '-', variables = ['-'], key = '', ...row }) => [flag, variables.join(', '), key, row.default])
  const all = [['FLAG', 'VARIABLE', 'KEY', 'DEFAULT'], ...rows]
  const width = (column: number) => Math.max(...all.map((row) => row[column]?.length ?? 0))
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(width(column) + 2)).join('')}`.trimEnd())
}
