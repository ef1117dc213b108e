import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { array, asyncProperty, check, constantFrom, oneof, string } from 'fast-check'
import { expect, test } from 'vitest'
import { LocalBrainError } from '../../src/errors.ts'
import { checkSkill, loadSkill } from '../../src/skills/load.ts'
import { failure, loadText, seedFolder, skillText, knownTools } from './folder.ts'
import { createFolder } from '../workspace.ts'

test('everything a file can say arrives, and what it leaves out has its default', async () => {
  const skill = await loadText(
    skillText(`model: [a, "b:8b"]
system_prompt: be short {{ level }} {{ focus }}
inputs: { level: { description: how, default: 2, choices: [1, 2] }, focus: { type: number } }
tools: [read_file, git_diff, read_file]
output_format: findings
batch: together
limits: { turns: 3, timeout: 60 }
options: { temperature: 0.2, stop: [x], penalize_newline: true }`),
  )
  expect(skill).toMatchObject({
    name: 'review',
    model: ['a', 'b:8b'],
    system: 'be short {{ level }} {{ focus }}',
    prompt: 'Look at {{ content }}',
    inputs: {
      level: { description: 'how', type: 'text', default: '2', choices: ['1', '2'] },
      focus: { description: '', type: 'number' },
    },
    tools: ['read_file', 'git_diff'],
    output: 'findings',
    batch: 'together',
    limits: { turns: 3, timeout: 60 },
    options: { temperature: 0.2, stop: ['x'], penalize_newline: true },
    warnings: [],
  })
  expect(await loadText(skillText())).toMatchObject({
    model: [],
    tools: [],
    output: 'markdown',
    batch: 'each',
    limits: {},
  })
})

test('the hash is that of the bytes', async () => {
  const [first, same, other] = await Promise.all([skillText(), skillText(), `${skillText()} `].map(loadText))
  expect(first?.sha256).toMatch(/^[0-9a-f]{64}$/)
  expect(same?.sha256).toBe(first?.sha256)
  expect(other?.sha256).not.toBe(first?.sha256)
})

test.each([
  ['model_preference: qwen3:8b', { model: ['qwen3:8b'] }],
  ['model_preference: [a, b]', { model: ['a', 'b'] }],
  ['tools:\nlimits:\nmodel:', { tools: [], limits: {}, model: [] }],
  ['offer_tools: without-input', { offerTools: 'without-input' }],
  ['offer_tools: always', { offerTools: 'always' }],
  ['offer_tools:', { offerTools: 'always' }],
  ['limits: { turns: 1 }\r\nbatch: each', { limits: { turns: 1 } }],
])('%j is read', async (lines, expected) => {
  expect(await loadText(skillText(lines))).toMatchObject(expected)
})

const checkHint = 'local-brain skills check review.yaml'
const failures: [lines: string, message: string, hint: string][] = [
  ['limits: { turns: 0 }', 'limits.turns must be a positive integer, got 0', checkHint],
  ['limits: { turns: 1.5 }', 'limits.turns must be a positive integer, got 1.5', checkHint],
  ['limits: { timeout: long }', 'limits.timeout must be a positive integer, got "long"', checkHint],
  ['limits: { turn: 1 }', 'unknown key "limits.turn"', 'did you mean turns?'],
  ['promt: x', 'unknown key "promt"', 'did you mean user_prompt_template?'],
  ['__proto__: { polluted: 1 }', 'unknown key "__proto__"', 'one of: name, description'],
  ['inputs: { a: { defualt: x } }', 'unknown key "inputs.a.defualt"', 'did you mean default?'],
  ['inputs: { a: { default: z, choices: [x, y] } }', 'inputs.a.default must be one of x, y, got "z"', checkHint],
  [
    'inputs: { a: { type: numbr } }',
    'inputs.a.type must be text, number, boolean, file, got "numbr"',
    'did you mean number?',
  ],
  ['inputs: { a: { type: number, default: ten } }', 'inputs.a.default must be a number, got "ten"', checkHint],
  ['inputs: { a: { type: boolean, default: 2 } }', 'inputs.a.default must be yes or no, got "2"', checkHint],
  ['inputs: { a: { type: number, choices: [1] } }', 'inputs.a.choices are for an input of type text', checkHint],
  [
    'inputs: { a: { type: file, default: a.md } }',
    'inputs.a.default: a file is named by the person, so it has no default',
    checkHint,
  ],
  [
    'inputs: { a: { type: file, default: "" } }',
    'inputs.a.default: a file is named by the person, so it has no default',
    checkHint,
  ],
  ['inputs: { content: {} }', 'inputs.content is a reserved name, which every template has', checkHint],
  ['inputs: { "a b": {} }', 'inputs.a b must be a name of letters, digits and "_"', checkHint],
  ['inputs: [a]', 'inputs must be a mapping, got a list', checkHint],
  [
    'output_format: finding',
    'output_format must be markdown, findings or text, got "finding"',
    'did you mean findings?',
  ],
  ['offer_tools: never', 'offer_tools must be always or without-input, got "never"', checkHint],
  ['offer_tool: always', 'unknown key "offer_tool"', 'did you mean offer_tools?'],
  ['batch: all', 'batch must be each or together, got "all"', checkHint],
  ['tools: read_file', 'tools must be a list of tool names, got "read_file"', checkHint],
  ['tools: [git_dif]', 'Skill "review" asks for an unknown tool "git_dif"', 'did you mean git_diff?'],
  ['model: { a: b }', 'model must be the name of a model or a list of names, got a mapping', checkHint],
  ['model: a\nmodel_preference: b', 'model_preference is another name for model; keep one', checkHint],
  ['options: { a: { b: c } }', 'options.a must be a plain value, got a mapping', checkHint],
  ['system_prompt: "{{ filname }}"', 'system_prompt line 1: unknown name "filname"', 'did you mean filename?'],
]
test.each(failures)('%j: %s', async (lines, message, hint) => {
  const seen = await failure(loadText(skillText(lines)))
  expect(seen).toMatchObject({ code: 'invalid-skill', message: `review.yaml: ${message}` })
  expect(seen.hint).toContain(hint)
})

test.each([
  ['description: x\nuser_prompt_template: y', 'name is missing'],
  ['name:\ndescription: x\nuser_prompt_template: y', 'name is missing'],
  ['name: a\ndescription: x', 'user_prompt_template is missing'],
  ['name: a\nuser_prompt_template: y', 'description is missing'],
  ['name: ../a\ndescription: x\nuser_prompt_template: y', 'name must be letters, digits, "-", "_" and ".", got "../a"'],
  ['name: 7\ndescription: x\nuser_prompt_template: y', 'name must be text, got 7'],
  ['', 'must be a mapping of keys such as name and user_prompt_template'],
  ['- a', 'must be a mapping of keys such as name and user_prompt_template'],
])('%j: %s', async (text, message) => {
  expect((await failure(loadText(text))).message).toBe(`review.yaml: ${message}`)
})

test('a file that is not UTF-8, too large, a folder or a pipe is refused without waiting', async () => {
  expect(await failure(loadText(new Uint8Array([0x61, 0xff])))).toMatchObject({
    message: 'review.yaml: is not UTF-8 text',
  })
  const large = await failure(loadText(`${skillText()}#${' '.repeat(64 * 1024)}`))
  expect(large.message).toBe('review.yaml: is larger than 64 KB')
  const folder = createFolder({ 'a/b': '' })
  spawnSync('mkfifo', [join(folder, 'pipe.yaml')])
  const whys = { a: 'it is a folder', 'pipe.yaml': 'it is not a file', 'absent.yaml': 'it does not exist' }
  for (const [name, why] of Object.entries(whys)) {
    const file = join(folder, name)
    const seen = await failure(loadSkill({ file, origin: 'path', tools: knownTools }))
    expect(seen).toMatchObject({ code: 'unknown-skill', message: `Cannot read a skill from "${file}": ${why}` })
  }
})

test('a file by path without a description runs and its author is told, but it does not pass the check', async () => {
  const file = join(seedFolder, 'spike-2.yaml')
  const skill = await loadSkill({ file, origin: 'path', tools: knownTools })
  expect(skill).toMatchObject({ description: 'code-review', warnings: [`${file}: description is missing`] })
  expect((await checkSkill({ file, origin: 'path', tools: knownTools })).problems).toHaveLength(1)
  expect((await failure(loadSkill({ file, origin: 'user', tools: knownTools }))).message).toContain(
    'description is missing',
  )
})

test('a check names everything that is wrong', async () => {
  const text = skillText('tools: [nope]\nsystem_prompt: "{{ a() }}"', '{{ b }}{{ c }}')
  const file = join(createFolder({ 'x.yaml': text }), 'x.yaml')
  const { problems } = await checkSkill({ file, origin: 'path', tools: knownTools })
  expect(problems.map(({ message }) => message)).toEqual([
    'Skill "review" asks for an unknown tool "nope"',
    'system_prompt line 1: a call is not allowed',
    'user_prompt_template line 1: unknown name "b"',
    'user_prompt_template line 1: unknown name "c"',
  ])
})

test('whatever stands in a file, the outcome is a skill or an error a person can fix', async () => {
  const mark = constantFrom('[', '{', ': ', '- ', '"', "'", '|', '&a ', '!!set ', '? ', '\n', ' ', '{{', '}}', '{%')
  const line = oneof(
    constantFrom('name: a', 'description: b', 'user_prompt_template: "{{ content }}"', '---', '%YAML 1.1', 'a: *b'),
    string({ unit: 'binary' }),
    array(mark).map((marks) => marks.join('')),
  )
  const file = join(createFolder(), 'any.yaml')
  const outcome = async (lines: string[]) => {
    await writeFile(file, lines.join('\n'))
    return loadSkill({ file, origin: 'path', tools: knownTools }).then(
      () => true,
      (error: unknown) => error instanceof LocalBrainError,
    )
  }
  const property = asyncProperty(array(line, { maxLength: 8 }), outcome)
  expect(await check(property, { numRuns: 150 })).toMatchObject({ failed: false, counterexample: null })
})
