import { type Command, Option } from 'commander'
import { formats, positive, severities } from '../run-options.ts'
import type { HookOptions } from './hook.ts'
import type { LastOptions } from './last.ts'

type Define = (program: Command) => void

/** Every command besides the run itself. What it does is loaded when it is called. */
export const commands: readonly Define[] = [skills, trust, models, doctor, last, baseline, hook, demo, completion]

function skills(program: Command): void {
  const group = program.command('skills').description('the skills there are')
  const define = (command: string, description: string, action: (words: string[]) => Promise<void>) =>
    group
      .command(command, { isDefault: command === 'list' })
      .description(description)
      .action(async (words: string | string[]) => {
        await action([words].flat())
      })
  define('list', 'name and description of each', async () => (await import('./actions.ts')).listCommand())
  define('show <name>', 'its file, and its cost in tokens', async ([name = '']) =>
    (await import('./actions.ts')).showCommand(name),
  )
  define('new <name>', 'write a skill to start from', async ([name = '']) =>
    (await import('./actions.ts')).newCommand(name),
  )
  define('check [path...]', 'say what is wrong with skill files; exit 2 when something is', async (paths) =>
    (await import('./actions.ts')).checkCommand(paths),
  )
  group
    .command('export <name>')
    .description('write it as an Agent Skill: a folder with SKILL.md, for other agents')
    .option('--to <folder>', 'where that folder belongs', '.')
    .action(async (name: string, { to }: { to: string }) => {
      const { exportCommand } = await import('./actions.ts')
      await exportCommand(name, to)
    })
  define(
    'import <path>',
    'take an Agent Skill, a folder or its SKILL.md, as a skill of your own',
    async ([path = '']) => (await import('./actions.ts')).importCommand(path),
  )
}

function trust(program: Command): void {
  program
    .command('trust [skill]')
    .description("allow this repository's own skills as they are now, all or one")
    .option('--revoke', 'allow them no longer')
    .action(async (skill: string | undefined, options: { revoke?: boolean }) => {
      const { trustCommand } = await import('./trust.ts')
      await trustCommand(skill, options)
    })
}

function models(program: Command): void {
  program
    .command('models')
    .description('what is installed, what each model can do, which one would be picked')
    .option('--host <url>', 'Ollama server')
    .action(async (options: { host?: string }) => {
      const { modelsCommand } = await import('./actions.ts')
      await modelsCommand(options)
    })
}

function doctor(program: Command): void {
  program
    .command('doctor')
    .description('Ollama, model, tools, context and git: one line each, exit 0 or 3')
    .option('--host <url>', 'Ollama server')
    .action(async (options: { host?: string }) => {
      const { doctorCommand } = await import('./actions.ts')
      await doctorCommand(options)
    })
}

function last(program: Command): void {
  program
    .command('last')
    .description('print the previous report again, without asking a model')
    .addOption(new Option('--format <format>', 'of the report').choices(formats).default('markdown'))
    .option('--from <file>', 'a report that was saved with --format json, instead of the previous one')
    .option('-o, --output <file>', 'write the report there')
    .addOption(new Option('--fail-on <severity>', 'exit 1 when a finding is at or above it').choices(severities))
    .action(async (options: LastOptions) => {
      const { lastCommand } = await import('./actions.ts')
      await lastCommand(options)
    })
}

function hook(program: Command): void {
  const group = program.command('hook').description('review as a git hook, and write commit messages')
  const withOptions = (command: Command) =>
    command
      .addOption(new Option('--fail-on <severity>', 'block when a finding is at or above it').choices(severities))
      .option('--strict', 'block when it could not be reviewed')
      .option('--timeout <seconds>', 'for all of it (default 20)', positive)
      .option('-m, --model <name>', 'model to ask')
  withOptions(group.command('install <name>'))
    .description('put it into the hooks of this repository: pre-commit, prepare-commit-msg or pre-push')
    .action(async (name: string, options: HookOptions) => {
      await (await import('./hook.ts')).installCommand(name, options)
    })
  group
    .command('uninstall <name>')
    .description('take it out again')
    .action(async (name: string) => (await import('./hook.ts')).uninstallCommand(name))
  withOptions(group.command('run <name> [arguments...]'))
    .description('what the hook does; git calls it, or Claude Code for claude-code')
    .action(async (name: string, words: string[], options: HookOptions) => {
      if (name === 'claude-code') await (await import('./hook-claude-code.ts')).claudeCodeCommand(options)
      else await (await import('./hook.ts')).runHookCommand(name, words, options)
    })
}

function baseline(program: Command): void {
  program
    .command('baseline')
    .description('accept the findings of the previous run about this project: later reports leave them out')
    .action(async () => {
      const { baselineCommand } = await import('./actions.ts')
      await baselineCommand()
    })
}

function demo(program: Command): void {
  program
    .command('demo')
    .description('the whole loop against a built-in scripted server: no Ollama, no model')
    .action(async () => {
      const { demoCommand } = await import('./actions.ts')
      await demoCommand()
    })
}

function completion(program: Command): void {
  program
    .command('completion <shell>')
    .description('a completion script for bash, zsh, fish or powershell')
    .action(async (shell: string) => {
      const { completionCommand } = await import('./actions.ts')
      await completionCommand(shell, program)
    })
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const { completeCommand } = await import('./actions.ts')
      await completeCommand(words, program)
    })
}
