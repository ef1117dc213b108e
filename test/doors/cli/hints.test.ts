import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'

/** Without a description it still runs, since it is named as a file. */
const writer = `name: writer
tools: [read_file, edit_file]
access: write
user_prompt_template: "{{ content }} {{ input }}"
`

const files = {
  'writer.yaml': writer,
  'reader.yaml': writer.replace(', edit_file', '').replace('access: write\n', ''),
  'deaf.yaml': writer.replace(' {{ input }}', ''),
  'folder/a.txt': 'a\n',
  'locked.json/a.txt': 'a\n',
}

type Slip = [about: string, args: string[], error: RegExp, hint: RegExp, stdin?: string]

const noSession = /^error: There is no session "nope"$/
const noCommand = /^error: There is no command "nope"$/

const slips: Slip[] = [
  ['a session in a shell', ['chat', '--resume', 'nope'], noSession, /^hint: local-brain chat, then \/resume$/],
  ['an empty spec', ['work', '-'], /^error: Standard input is empty$/, /^hint: local-brain work <file>$/, ''],
  ['a spec that is no text', ['work', '-'], /is not text$/, /^hint: local-brain work <file>$/, 'a\0b\0'],
  [
    'a format of changes',
    ['changes', '--format', 'x'],
    /'--format <format>' argument 'x' is invalid\. Allowed choices are text, patch/,
    /^hint: local-brain changes --help$/,
  ],
  [
    'a format of one change',
    ['changes', 'show', '--format', 'x'],
    /'--format <format>' argument 'x' is invalid\. Allowed choices are text, patch/,
    /^hint: local-brain changes --help$/,
  ],
  [
    'a folder to import that is not there',
    ['skills', 'import', 'nope'],
    /^error: "nope" does not exist$/,
    /^hint: local-brain skills import <folder with SKILL\.md>$/,
  ],
  [
    'a folder to import without SKILL.md',
    ['skills', 'import', 'folder'],
    /^error: "folder\/SKILL\.md" does not exist$/,
    /^hint: local-brain skills import <folder with SKILL\.md>$/,
  ],
  ['fix without words', ['-s', 'fix'], /nothing to work on$/, /^hint: .*, or local-brain -s fix "<what to change>"$/],
  ['ask without words', ['-s', 'ask'], /nothing to work on$/, /^hint: .*, or local-brain -s ask "<question>"$/],
  ['a skill that writes', ['-s', './writer.yaml'], /nothing to work on$/, /"<what to change>"$/],
  ['a skill that reads', ['-s', './reader.yaml'], /nothing to work on$/, /"<question>"$/],
  ['a skill that no words reach', ['-s', './deaf.yaml'], /nothing to work on$/, /deaf\.yaml -f <file>$/],
  ['a review', ['-s', 'code-review'], /nothing to work on$/, /code-review -f <file>$/],
  ['a text', ['-s', 'pr-description'], /nothing to work on$/, /pr-description -f <file>$/],
  ['no skill at all', ['-q'], /nothing to work on$/, /local-brain "<question>"$/],
  ['help for nothing', ['help', 'nope'], noCommand, /^hint: local-brain --help$/],
  ['help for nearly a command', ['help', 'modls'], /no command "modls"$/, /^hint: .*"local-brain help models"/],
  ['help for a skill', ['help', 'ask'], /no command "ask"$/, /^hint: local-brain skills show ask$/],
  [
    'an example',
    ['-s', 'test-gaps'],
    /^error: There is no skill "test-gaps"/,
    /^hint: local-brain skills new test-gaps --from test-gaps$/,
  ],
  ['no example', ['-s', 'test-gap'], /^error: There is no skill "test-gap"/, /^hint: local-brain skills$/],
]

/** Names of files that are not there, or are none, and what Node says of them. */
const ofFiles: Slip[] = [
  ['a report', ['last', '--from', 'none.json'], /^error: File "none\.json" does not exist$/, /^hint: local-brain /],
  ['a report in a file', ['last', '--from', 'writer.yaml/a'], /a part of its path is not a folder$/, /^hint: /],
  ['a shape', ['--schema', 'none.json', 'x'], /^error: File "none\.json" does not exist$/, /^hint: --schema <file>/],
  [
    'a shape in a folder',
    ['--schema', 'locked.json', 'x'],
    /"locked\.json" could not be read: it is a folder$/,
    /^hint: /,
  ],
  ['a spec', ['work', 'none.md'], /^error: There is no spec "none\.md"$/, /^hint: local-brain work <file>/],
  ['a name that is too long', ['last', '--from', 'x'.repeat(300)], /: its name is too long$/, /^hint: /],
]

describe('a mistake is named in words, with a hint that can be typed where one is', () => {
  test.each([...slips, ...ofFiles])('%s', async (_, args, ...[error, hint, stdin]) => {
    const { root } = temporaryFolder(files)
    const run = await localBrain(args, { cwd: root, ...(stdin === undefined ? {} : { stdin }) })
    const lines = run.stderr.trimEnd().split('\n')
    expect(lines.at(-2)).toMatch(error)
    expect(lines.at(-1)).toMatch(hint)
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).not.toMatch(/\bE[A-Z]{4,}\b/)
  })
})

test('a skill without tools is trusted with none', async () => {
  const text = 'name: plain\ndescription: x\nuser_prompt_template: "{{ content }}"\n'
  const { root } = temporaryFolder({ '.git/HEAD': 'ref: refs/heads/main\n', '.local-brain/skills/plain.yaml': text })
  const run = await localBrain(['trust'], { cwd: root })
  expect(run.stdout).toContain('\n  tools   none\n')
})

test('the help of a hook says what is done to its file', async () => {
  const help = async (action: string) =>
    (await localBrain(['hook', action, '--help'], { cwd: temporaryFolder().root })).stdout.replaceAll(/\s+/g, ' ')
  expect(await help('install')).toContain('Files: writes a marked block into')
  expect(await help('uninstall')).toContain('Files: takes the marked block out of')
})

test('the help names everything that doctor looks at', async () => {
  const [line = ''] =
    /^ {2}doctor(?:.*\n {10,})*.*$/m.exec((await localBrain(['--help'], { cwd: temporaryFolder().root })).stdout) ?? []
  for (const about of ['config', 'engine', 'model', 'context', 'memory', 'git', 'sandbox'])
    expect(line).toContain(about)
})
