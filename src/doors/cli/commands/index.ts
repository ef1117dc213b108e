import type { Command } from 'commander'
import type { DefineCommand } from '../prompt-words.ts'

/** Gives a command its arguments, its flags and what it does. `define`: the rest of another one. */
type Define = (command: Command, define: DefineCommand) => void

type Entry = {
  /** The name, and the arguments as the help shows them. */
  usage: string
  summary: string
  /** The rest is loaded when the command is named. */
  load: () => Promise<Define>
  hidden?: boolean
}

/** Every command besides the run itself, in the order of the help. */
const entries: readonly Entry[] = [
  {
    usage: 'work <spec-files...>',
    summary: 'carry out a written task until its checks hold; the result is a patch',
    load: async () => (await import('./work.ts')).defineWork,
  },
  {
    usage: 'chat',
    summary: 'talk about this folder, and change it with your consent',
    load: async () => (await import('./chat.ts')).defineChat,
  },
  {
    usage: 'skills',
    summary: 'list, write, check, test and share skills',
    load: async () => (await import('./skills.ts')).defineSkills,
  },
  {
    usage: 'trust [skill]',
    summary: "allow this repository's own skills as they are now, all or one",
    load: async () => (await import('./trust.ts')).defineTrust,
  },
  {
    usage: 'config [action] [key] [value]',
    summary: 'your own defaults: list, path, get, set, unset',
    load: async () => (await import('./config.ts')).defineConfig,
  },
  {
    usage: 'setup',
    summary: 'from nothing to a first answer: engine, model, speed, configuration',
    load: async () => (await import('./setup.ts')).defineSetup,
  },
  {
    usage: 'models',
    summary: 'what is installed, what each model can do, which one would be picked',
    load: async () => (await import('./models.ts')).defineModels,
  },
  {
    usage: 'doctor',
    summary: 'config, engine, model, context, memory, git, sandbox: one line each, exit 0 or 3',
    load: async () => (await import('./doctor.ts')).defineDoctor,
  },
  {
    usage: 'runs [action]',
    summary: 'the earlier reports about this project; clear removes them',
    load: async () => (await import('./runs.ts')).defineRuns,
  },
  {
    usage: 'last [n]',
    summary: 'print the previous report again, or the n-th of "runs", without asking a model',
    load: async () => (await import('./last.ts')).defineLast,
  },
  {
    usage: 'changes [action] [id]',
    summary: 'what runs proposed for this project and what was applied; show prints the patch',
    load: async () => (await import('./changes.ts')).defineChanges,
  },
  {
    usage: 'apply [id]',
    summary: 'put what a run proposed into the working tree, all of it or nothing',
    load: async () => (await import('./apply.ts')).defineApply,
  },
  {
    usage: 'undo [id]',
    summary: 'take back what was applied last',
    load: async () => (await import('./undo.ts')).defineUndo,
  },
  {
    usage: 'baseline',
    summary: 'accept the findings of the previous run about this project: later reports leave them out',
    load: async () => (await import('./baseline.ts')).defineBaseline,
  },
  {
    usage: 'hook',
    summary: 'review as a git hook, and write commit messages',
    load: async () => (await import('./hook.ts')).defineHook,
  },
  {
    usage: 'serve',
    summary: 'a server for clients of OpenAI and Anthropic that runs tools itself',
    load: async () => (await import('./serve.ts')).defineServe,
  },
  {
    usage: 'mcp',
    summary: 'skills for other agents, over standard input and output',
    load: async () => (await import('./mcp.ts')).defineMcp,
  },
  {
    usage: 'demo',
    summary: 'the whole loop against a built-in scripted server: no Ollama, no model',
    load: async () => (await import('./demo.ts')).defineDemo,
  },
  {
    usage: 'completion <shell>',
    summary: 'a completion script for bash, zsh, fish or powershell',
    load: async () => (await import('./completion.ts')).defineCompletion,
  },
  {
    usage: 'complete [words...]',
    summary: 'what a completion script asks for',
    load: async () => (await import('./completion.ts')).defineComplete,
    hidden: true,
  },
]

/** Gives the program its commands, each by name and summary, and the rest of those that are named in the words. */
export async function defineCommands(program: Command, words: readonly string[]): Promise<void> {
  for (const { usage, summary, hidden } of entries) program.command(usage, { hidden }).description(summary)
  for (const command of program.commands) if (words.includes(command.name())) await defineCommand(command)
}

/** The rest of a command that was not named. */
export async function defineCommand(command: Command): Promise<Command> {
  const entry = entries.find(({ usage }) => usage.split(' ', 1)[0] === command.name())
  const define = await entry?.load()
  define?.(command, defineCommand)
  return command
}
