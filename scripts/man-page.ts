import { Command, type Option } from 'commander'
import { defineCommand } from '../src/doors/cli/commands/index.ts'
import { describeProgram } from '../src/doors/cli/program.ts'
import { settingTable } from '../src/doors/cli/setting-table.ts'

/** The man page, made of what the help is made of. */
export async function manPage(version: string): Promise<string> {
  const program = new Command('local-brain')
  await describeProgram(program, version, [])
  const commands = program.commands.filter((command) => !('_hidden' in command && command._hidden === true))
  for (const command of commands) await defineCommand(command)
  return [
    `.TH LOCAL\\-BRAIN 1 "" "local\\-brain ${escape(version)}" "User Commands"`,
    '.SH NAME',
    `local\\-brain \\- ${escape(program.description().replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B local\\-brain',
    escape(program.usage()),
    '.br',
    '.B local\\-brain',
    escape('<command> [options]'),
    '.SH OPTIONS',
    ...optionLines(program),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandLines(command)),
    '.SH ENVIRONMENT',
    ...settingTable.flatMap(({ what, flag, variables = [], key, default: otherwise }) =>
      variables.map((variable) => {
        const others = [flag, key && `key ${key}`].filter(Boolean).join(', ')
        return `.TP\n.B ${escape(variable)}\n${escape(`${what}${others && ` (${others})`}; default: ${otherwise}`)}`
      }),
    ),
    '.SH NOTES',
    ...verbatim(below(program)),
    '.SH SEE ALSO',
    escape('docs/index.md in the package leads to everything else: npm root --global'),
    '',
  ].join('\n')
}

function commandLines(command: Command): string[] {
  return [
    `.SS ${escape(`${pathOf(command)} ${command.usage()}`)}`,
    escape(command.description()),
    ...optionLines(command),
    ...verbatim(below(command)),
    ...command.commands.flatMap((child) => commandLines(child)),
  ]
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function optionLines(command: Command): string[] {
  return command.options
    .filter(({ hidden }) => !hidden)
    .map((option) => `.TP\n.B ${escape(option.flags)}\n${escape(descriptionOf(option))}`)
}

function descriptionOf({ description, argChoices, defaultValue }: Option): string {
  const facts = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(typeof defaultValue === 'string' ? [`default: ${defaultValue}`] : []),
  ]
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`
}

/** What the help of a command says below its flags. */
function below(command: Command): string {
  let whole = ''
  command.configureOutput({ writeOut: (text) => (whole += text) }).outputHelp()
  return whole.slice(command.helpInformation().length).trim()
}

function verbatim(text: string): string[] {
  return text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(escape), '.fi']
}

/** A line of roff that reads as the text. */
function escape(text: string): string {
  const line = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^\0-\x7f]/gu, (other) => `\\[u${other.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`)
  return /^[.']/.test(line) ? `\\&${line}` : line
}
