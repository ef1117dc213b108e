import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { manPage } from '../../../scripts/man-page.ts'
import { defineCommand } from '../../../src/doors/cli/commands/index.ts'
import { describeProgram } from '../../../src/doors/cli/program.ts'
import { settingTable } from '../../../src/doors/cli/setting-table.ts'
import { displayWidth } from '../../../src/text/width.ts'

async function allCommands(): Promise<Command[]> {
  const program = new Command('local-brain')
  await describeProgram(program, '1.2.3', [])
  const commands = await Promise.all(program.commands.map(defineCommand))
  return [program, ...commands, ...commands.flatMap((command) => command.commands)].filter(
    (command) => command.name() !== 'complete',
  )
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (more) => (text += more) }).outputHelp()
  return text
}

const named = (await allCommands()).map((command) => {
  const parent = command.parent?.parent === null ? command.parent : undefined
  const path =
    command.parent === null || parent !== undefined ? command.name() : `${command.parent.name()} ${command.name()}`
  return [path, command] as const
})

describe('the help', () => {
  test.each(named)('of %s has examples to copy and says where files go', (path, command) => {
    const help = helpOf(command)
    const examples = help.slice(help.indexOf('\nExamples:\n'))
    expect(help).toContain('\nExamples:\n')
    expect(help).toMatch(/^Files: \S/m)
    expect(examples).toContain(path === 'local-brain' ? 'local-brain --git-diff' : `local-brain ${path.split(' ')[0]}`)
    // A line to copy is not broken, but what it does stands below it.
    const isTooWide = (line: string) => displayWidth(line) > 80 && !/^ {2}\S+(?: \S+)*$/.test(line)
    expect(help.split('\n').filter(isTooWide)).toEqual([])
  })
})

test.each(named)('on 60 columns no flag of %s is broken in the middle of a word', (_, command) => {
  let text = ''
  const writeOut = (more: string) => (text += more)
  command.configureOutput({ writeOut, getOutHelpWidth: () => 60 }).outputHelp()
  const flags = /\nOptions:\n([^]*?-h, --help[^\n]*)/.exec(text)?.[1]?.split('\n') ?? []
  expect(flags.length).toBeGreaterThan(0)
  expect(flags.filter((line) => displayWidth(line) > 60)).toEqual([])
})

test('the man page has every flag and every command of the help, and every variable', async () => {
  const page = (await manPage('1.2.3')).replaceAll('\\-', '-')
  for (const [, command] of named) {
    for (const { flags, hidden } of command.options) if (!hidden) expect(page).toContain(`.B ${flags}\n`)
  }
  for (const [path] of named.slice(1)) expect(page).toContain(`.SS local-brain ${path}`)
  for (const name of settingTable.flatMap(({ variables = [] }) => variables)) expect(page).toContain(`.B ${name}\n`)
})

test('man shows it without a complaint', async (context) => {
  const groff = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], { input: await manPage('1.2.3'), encoding: 'utf8' })
  if (groff.error !== undefined) return context.skip('groff is not installed here')
  expect(groff).toMatchObject({ status: 0, stderr: '' })
})

test('npm links the man page of a global installation, which it does for a list of them alone', () => {
  const { man } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
    man: unknown
  }
  expect(man).toEqual(['./dist/man/local-brain.1'])
})

test('docs/config.md has every row of the table of settings', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/config.md'), 'utf8')
  for (const { what, flag, variables = [], key } of settingTable) {
    const row = page.split('\n').find((line) => line.startsWith(`| ${what} |`)) ?? `no row for ${what}`
    for (const name of [flag, ...variables, ...(key?.split(', ') ?? [])])
      if (name !== undefined) expect(row).toContain(`\`${name}\``)
  }
})

test('the table of settings has every variable that the program reads', () => {
  const source = join(import.meta.dirname, '../../../src')
  const files = ['settings', 'terminal', 'program', 'commands/serve', 'commands/setup']
  const text = files.map((file) => readFileSync(join(source, `doors/cli/${file}.ts`), 'utf8')).join('\n')
  const read = [...text.matchAll(/\b(?:env|environment)\['(\w+)'\]/g)].map(([, name = '']) => name)
  const listed = new Set([...settingTable.flatMap(({ variables = [] }) => variables), 'HOME', 'PATH'])
  expect(read.length).toBeGreaterThan(8)
  expect(read.filter((name) => !listed.has(name))).toEqual([])
})
