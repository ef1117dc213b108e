import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  runSkillsCheck,
  runSkillsList,
  runSkillsNew,
  runSkillsShow,
} from '../../../../src/doors/cli/commands/skills.ts'
import { findSkill } from '../../../../src/skills/find.ts'
import { renderPrompt } from '../../../../src/skills/prompt.ts'
import { builtInFolder, createPlaces, failure, skillText } from '../../../skills/folder.ts'
import { createFolder, write } from '../../../workspace.ts'

test('the list has every skill with its description, broken ones too, and names alone from a repository', async () => {
  const places = createPlaces({
    'config/skills/mine/skill.yaml': skillText().replace('looks', '|\n  looks\n  twice'),
    'config/skills/torn.yaml': 'name: [',
    'repo/.local-brain/skills/theirs.yaml': skillText(),
  })
  const lines = (await runSkillsList(places)).split('\n')
  expect(lines[0]).toBe('Built in')
  expect(lines).toContain(
    '  ask              Answer a question about this code, or about the files and the text you give it',
  )
  expect(lines).toContain(`Yours (${places.user})`)
  expect(lines).toContain('  mine             looks')
  expect(lines.find((line) => line.startsWith('  torn'))).toContain(`broken: ${join(places.user, 'torn.yaml')}:1: `)
  expect(lines.slice(-3)).toEqual([
    'In this repository, not trusted; to allow one: local-brain trust <name>',
    '  theirs',
    '',
  ])
})

test('without skills of one’s own there is no heading for them', async () => {
  expect(await runSkillsList(createPlaces())).not.toMatch(/Yours|repository/)
})

test('a skill is shown as its file stands, with where it comes from', async () => {
  const file = join(builtInFolder, 'explain', 'skill.yaml')
  const shown = await runSkillsShow(createPlaces(), 'explain')
  expect(shown).toMatch(/^# explain \(built-in\): .*\n# about /)
  expect(shown.split('\n').slice(2).join('\n')).toBe(readFileSync(file, 'utf8'))
})

test('a skill of an untrusted repository is not shown', async () => {
  const places = createPlaces({ 'repo/.local-brain/skills/theirs.yaml': skillText() })
  expect((await failure(runSkillsShow(places, 'theirs'))).code).toBe('untrusted-skill')
  expect((await failure(runSkillsShow(places, 'absent'))).code).toBe('unknown-skill')
})

test('a new skill passes the check and runs', async () => {
  const places = createPlaces()
  const text = await runSkillsNew(places, 'my-review')
  const file = join(places.user, 'my-review', 'skill.yaml')
  expect(text).toBe(`Wrote ${file}\nTry it: local-brain -s my-review -f <file>\n`)
  expect(await runSkillsCheck(places, ['my-review'])).toEqual({
    text: expect.stringMatching(
      `^${file}: ok, about \\d+ tokens: \\d+ its prompt, 0 its tools \\(none\\)\n$`,
    ) as string,
    ok: true,
  })
  const [first = ''] = readFileSync(file, 'utf8').split('\n')
  const schema = fileURLToPath(first.replace('# yaml-language-server: $schema=', ''))
  expect(JSON.parse(readFileSync(schema, 'utf8'))).toMatchObject({ title: 'Skill of local-brain' })
  const messages = await renderPrompt(await findSkill('my-review', places), { content: 'x' })
  expect(messages.at(-1)?.content).toMatch(/\n(=====\w+=====)\nx\n\1\n/)
})

test('a new skill never takes a name that is taken or cannot be one', async () => {
  const places = createPlaces()
  expect(await failure(runSkillsNew(places, 'ask'))).toMatchObject({
    code: 'usage',
    message: `There is a skill "ask" already: ${join(builtInFolder, 'ask', 'skill.yaml')}`,
    hint: 'local-brain skills new my-ask',
  })
  await runSkillsNew(places, 'mine')
  expect((await failure(runSkillsNew(places, 'mine'))).message).toContain('already')
  const hintFor = async (name: string, from?: string) => (await failure(runSkillsNew(places, name, from))).hint
  await runSkillsNew(places, 'my-mine')
  expect(await hintFor('mine')).toBe('local-brain skills new my-mine-2')
  expect(await hintFor('my-mine')).toBe('local-brain skills new my-mine-2')
  expect(await hintFor('my-mine', 'todo-owners')).toBe('local-brain skills new my-mine-2 --from todo-owners')
  const long = `x${'y'.repeat(63)}`
  await runSkillsNew(places, long)
  const [, other = ''] = /^local-brain skills new (\S+)$/.exec((await hintFor(long)) ?? '') ?? []
  expect(await runSkillsNew(places, other)).toContain('Wrote ')
  expect(await failure(runSkillsNew(places, '../x'))).toMatchObject({ message: '"../x" is not a name for a skill' })
  const blocked = createPlaces({ 'config/skills': 'a file' })
  expect(await failure(runSkillsNew(blocked, 'mine'))).toMatchObject({ code: 'output' })
})

test('a check says everything that is wrong with every file it is given', async () => {
  const folder = createFolder({
    'good.yaml': skillText('tools: [read_file]'),
    'bad/skill.yaml': 'name: bad\npromt: x\nlimits: { turns: 0 }\nuser_prompt_template: "{{ content }}"',
    'unnamed.yaml': 'name: unnamed\nuser_prompt_template: "{{ contnt }}"',
    'torn.yaml': 'a: "',
    'many.yaml': `name: many
promt: x
tools: [read_fil]
scope: [/abs]
defects: [{ name: odd, description: what is odd }]
system_prompt: "{{ wat }}"
user_prompt_template: "{{ contnt }}"
`,
    // What a wrong key may have meant is no problem of another one.
    'slips.yaml': `name: slips
description: x
tools: [edit_file]
acces: write
input: { level: {} }
output_format: finding
defects: [{ name: odd, description: what is odd }]
user_prompt_template: "{{ level }} {{ content }}"
`,
  })
  const at = (name: string) => join(folder, name)
  const { text, ok } = await runSkillsCheck(createPlaces(), [folder])
  expect(ok).toBe(false)
  expect(text.split('\n')).toEqual([
    `${at('bad/skill.yaml')}: limits.turns must be a positive integer, got 0`,
    `${at('bad/skill.yaml')}: unknown key "promt" (did you mean user_prompt_template?)`,
    `${at('bad/skill.yaml')}: description is missing (add a line "description: what it is for")`,
    expect.stringMatching(
      `^${at('good.yaml')}: ok, about \\d+ tokens: \\d+ its prompt, \\d+ its tools \\(read_file\\)$`,
    ) as string,
    `${at('many.yaml')}: unknown key "promt" (did you mean user_prompt_template?)`,
    `${at('many.yaml')}: Skill "many" asks for an unknown tool "read_fil" (did you mean read_file?)`,
    expect.stringMatching(`^${at('many.yaml')}: scope: `) as string,
    `${at('many.yaml')}: defects are for findings, and output_format is markdown (output_format: findings)`,
    expect.stringMatching(`^${at('many.yaml')}: system_prompt line 1: unknown name "wat"`) as string,
    `${at('many.yaml')}: user_prompt_template line 1: unknown name "contnt" (did you mean content?)`,
    `${at('many.yaml')}: description is missing (add a line "description: what it is for")`,
    expect.stringMatching(`^${at('slips.yaml')}: output_format must be `) as string,
    `${at('slips.yaml')}: unknown key "acces" (did you mean access?)`,
    `${at('slips.yaml')}: unknown key "input" (did you mean inputs?)`,
    expect.stringMatching(`^${at('torn.yaml')}:1: Missing closing`) as string,
    `${at('unnamed.yaml')}: user_prompt_template line 1: unknown name "contnt" (did you mean content?)`,
    `${at('unnamed.yaml')}: description is missing (add a line "description: what it is for")`,
    '',
  ])
})

test('a check of nothing in particular checks every skill but the repository’s, which are all well', async () => {
  const places = createPlaces({ 'config/skills/mine.yaml': skillText(), 'repo/.local-brain/skills/x.yaml': '[' })
  const { text, ok } = await runSkillsCheck(places, [])
  expect(ok).toBe(true)
  expect(text.match(/: ok, /g)).toHaveLength(12)
})

// The tools that write need more words than those that read. Of `work`, no request has every part of its prompt.
test.each(readdirSync(builtInFolder))('%s says what it costs, and it is little', async (name) => {
  const shown = await runSkillsShow(createPlaces(), name)
  const tokens = Number(/^# about (\d+) tokens: /m.exec(shown)?.[1])
  expect(tokens).toBeGreaterThan(100)
  expect(tokens).toBeLessThan(({ chat: 1800, fix: 1500, work: 1800 } as Record<string, number>)[name] ?? 1000)
})

test('a check also says what is wrong with the cases beside a skill', async () => {
  const folder = createFolder({ 'mine/skill.yaml': skillText(), 'mine/cases/a.yaml': 'expect: { says: x }\n' })
  const check = async () => runSkillsCheck(createPlaces(), [join(folder, 'mine')])
  expect(await check()).toMatchObject({ ok: true, text: expect.stringMatching(/, cases: 1\n$/) as string })
  write(folder, { 'mine/cases/b.yaml': 'expect: { say: x }\n' })
  const file = join(folder, 'mine/cases/b.yaml')
  expect(await check()).toEqual({ ok: false, text: `${file}: unknown key "expect.say"\n` })
  write(folder, { 'mine/cases/c.yaml': 'expect: {}\n', 'mine/skill.yaml': skillText('tols: [read_file]') })
  expect((await check()).text.split('\n')).toEqual([
    `${join(folder, 'mine/skill.yaml')}: unknown key "tols" (did you mean tools?)`,
    `${file}: unknown key "expect.say"`,
    `${join(folder, 'mine/cases/c.yaml')}: expects nothing, so it would always pass`,
    '',
  ])
})

test('a comma that ends a value too early is called that', async () => {
  const text = skillText('inputs: { level: { description: low, high } }', '{{ content }} {{ level }}')
  const folder = createFolder({ 'a.yaml': text })
  expect((await runSkillsCheck(createPlaces(), [join(folder, 'a.yaml')])).text).toContain(
    'unknown key "inputs.level.high" (inside { } a comma ends the value: put the text between quotes)',
  )
})

test('a check of something that is not there is an error', async () => {
  expect((await failure(runSkillsCheck(createPlaces(), ['absent.yaml']))).code).toBe('unknown-skill')
})

test('an input that no template uses is an error of the check, and only a warning when the skill runs', async () => {
  const folder = createFolder({ 'a.yaml': skillText('inputs: { level: {}, depth: {} }', '{{ content }} {{ depth }}') })
  const file = join(folder, 'a.yaml')
  const { text, ok } = await runSkillsCheck(createPlaces(), [file])
  expect({ text, ok }).toEqual({ text: `${file}: inputs.level is used by no template ({{ level }})\n`, ok: false })
  expect((await findSkill(file, createPlaces())).warnings).toEqual([`${file}: inputs.level is used by no template`])
})
