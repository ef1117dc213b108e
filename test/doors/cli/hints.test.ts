import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'

const files = { 'folder/a.txt': 'a\n' }

type Slip = [about: string, args: string[], error: RegExp, hint: RegExp, stdin?: string]

const slips: Slip[] = [
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
]

describe('a mistake is named in words, with a hint that can be typed where one is', () => {
  test.each(slips)('%s', async (_, args, ...[error, hint, stdin]) => {
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
