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
import { temporaryFolder } from '../../workspace-fixture.ts'
import { command } from './local-brain.ts'
import { hasTerminal, onTerminal } from './terminal.ts'

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

/** Beginnings of lines to copy, which nothing breaks but the terminal. */
const copied = /^ {2}(?:[A-Z_]+=1 )?(?:local-brain|git|claude|source|printf)\b/

/** Prints the help of every command, one after the other. */
const calls = named.map(([path]) => `"$@" ${path === 'local-brain' ? '' : path} --help; echo @@@`)
const every = ['sh', '-c', calls.join('; '), 'sh', ...command]
const helpsIn = (text: string) => text.replaceAll('\r', '').split('@@@\n').slice(0, -1)

describe.skipIf(!hasTerminal)('on a terminal every help is wrapped between words, and loses none', () => {
  const [sh = '', ...words] = every
  const whole = helpsIn(spawnSync(sh, words, { encoding: 'utf8' }).stdout)

  test.each([40, 80, 120])('on %d columns', async (columns) => {
    const helps = helpsIn(await onTerminal([], temporaryFolder().root, '', { columns, through: every }).ended)
    expect(helps).toHaveLength(named.length)
    for (const [at, text] of helps.entries()) {
      const letters = (help = '') => help.replaceAll(/[\s|]+/g, '')
      expect(letters(text)).toBe(letters(whole[at]))
      const isTooWide = (line: string) => displayWidth(line) > columns && !copied.test(line)
      expect(text.split('\n').filter(isTooWide)).toEqual([])
      const short = whole[at]?.split(/\s+/).filter((word) => word.length < columns - 16 && word !== '|') ?? []
      expect(short.filter((word) => !text.includes(word))).toEqual([])
    }
  })
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
