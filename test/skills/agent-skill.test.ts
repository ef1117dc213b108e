import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAgentSkill } from '../../src/skills/agent-skill.ts'
import { exportAgentSkill } from '../../src/skills/export-skill.ts'
import { importAgentSkill } from '../../src/skills/import-skill.ts'
import { loadSkill } from '../../src/skills/load.ts'
import { renderPrompt } from '../../src/skills/prompt.ts'
import { findHidden } from '../../src/skills/yaml.ts'
import { builtInFolder, failure, loadText, skillText, knownTools } from './folder.ts'

const markdown = (front = '', body = 'Do it well.') =>
  `---\nname: pdf\ndescription: Reads PDFs\n${front}---\n\n${body}\n`
const parse = (source: string) => parseAgentSkill(source, 'SKILL.md')

async function imported(source: string) {
  const { yaml, warnings } = await importAgentSkill(await parse(source))
  return { skill: await loadText(yaml), yaml, warnings }
}

async function systemOf(source: string) {
  const [system] = await renderPrompt((await imported(source)).skill, { content: 'x', path: 'a' })
  return system?.content
}

describe('the text of an imported skill reaches the model word for word', () => {
  test.each([
    ['a template', 'Say {{ content }} and {% if x %}{# no #}{% endif %}{{- 1 -}}'],
    ['the end of a raw block', '{% raw %}{{ a }}{% endraw %}{{ range(9) }}{% endraw %}'],
    ['YAML', 'name: other\ntools: [git_log]\n--- \n...\n# not a comment\n"\\u0041" \'x\''],
    ['its own placeholder', '{{ instructions }}'],
    ['indentation and trailing spaces', 'a  \n    b\n\n\n\tc'],
  ])('%s', async (_, body) => {
    expect(await systemOf(markdown('', body))).toBe(body)
  })

  test('whatever it is', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '{{',
        '}}',
        '{%',
        '%}',
        '{#',
        '#}',
        ' endraw ',
        '\n',
        '---',
        ': ',
        '\t',
        '"',
        "'",
        '|',
        '&a',
        '*a',
        '\r',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    )
    const body = fc
      .array(piece, { minLength: 1, maxLength: 30 })
      .map((pieces) => pieces.join('').replaceAll('\r\n', '\n').trim())
      .filter((text) => text !== '' && findHidden(text) === undefined)
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        expect(await systemOf(markdown('', text))).toBe(text)
      }),
      { numRuns: 60 },
    )
  })
})

test('the user’s file is fenced in beside it', async () => {
  const { skill } = await imported(markdown())
  const messages = await renderPrompt(skill, { content: 'code', path: 'src/a.ts', input: 'Be brief.' })
  expect(messages[1]?.content).toMatch(/\n(=====\w+=====)\nFILE src\/a\.ts\ncode\n\1\nBe brief\.\n$/)
})

test.each([
  ['allowed-tools: Read Grep Glob\n', ['read_file', 'search_code', 'list_directory'], []],
  ['allowed-tools: [Read, "Bash(git log:*)"]\n', ['read_file'], ['Bash(git log:*)']],
  ['allowed-tools: Read, Write, Bash(rm -rf, x)\n', ['read_file'], ['Write, Bash(rm -rf, x)']],
  ['allowed-tools: Read(src/**) constructor git_log\n', [], ['Read(src/**), constructor, git_log']],
  ['', [], []],
])('%j gives only tools that read: %j', async (front, tools, refused) => {
  const { skill, warnings } = await imported(markdown(front))
  expect(skill.tools).toEqual(tools)
  expect(warnings).toEqual(refused.map((names) => `it may not call ${names}: tools here can only read`))
})

test('what would be run or obeyed elsewhere is named and left as text', async () => {
  const source = markdown('hooks: { Stop: x }\nmodel: opus\n', 'State: !`rm -rf /`\nno!`x` !`git log`')
  const { warnings } = await imported(source)
  expect(warnings).toEqual([
    'ignored in its front matter: hooks, model',
    'not run, left as text: !`rm -rf /`, !`git log`',
  ])
  expect(await systemOf(source)).toContain('!`rm -rf /`')
})

test('a long text is told', async () => {
  expect((await imported(markdown('', 'word '.repeat(1500)))).warnings).toEqual([
    'its text takes about 2273 tokens, much of a small window',
  ])
})

test('its license is kept in one line of comment', async () => {
  const { yaml } = await imported(markdown('license: "MIT\\n\\nname: other"\n'))
  expect(yaml.split('\n', 2)).toEqual(['# From a SKILL.md, license: MIT name: other', 'name: pdf'])
})

test.each([
  ['no front matter', 'name: pdf\n', 'SKILL.md: has no front matter between two lines "---"'],
  ['front matter further down', `intro\n${markdown()}`, 'SKILL.md: has no front matter between two lines "---"'],
  ['front matter without an end', '---\nname: pdf\n', 'SKILL.md: has no front matter between two lines "---"'],
  ['no text', markdown('', ' '), 'SKILL.md: has no instructions after the front matter'],
  ['broken YAML', markdown('license: a: b\n'), /^SKILL\.md:4: /],
  ['an alias', markdown('license: *a\n'), /^SKILL\.md:4: an alias/],
  ['no description', '---\nname: a\n---\nx', 'SKILL.md: description is missing'],
  ['an empty description', '---\nname: a\ndescription: " "\n---\nx', 'SKILL.md: description must not be empty'],
  [
    'a long description',
    `---\nname: a\ndescription: ${'x'.repeat(1025)}\n---\nx`,
    'SKILL.md: description must have at most 1024 characters',
  ],
  ['metadata that is no mapping', markdown('metadata: [a]\n'), 'SKILL.md: metadata must be a mapping'],
  ['a hidden character in its text', markdown('', 'a\nb\u202e'), 'SKILL.md:7: has an invisible character (U+202E)'],
])('%s is refused', async (_, source, message) => {
  const refused = await failure(parse(source))
  expect(refused.code).toBe('invalid-skill')
  if (typeof message === 'string') expect(refused.message).toBe(message)
  else expect(refused.message).toMatch(message)
})

test.each([
  ['a', true],
  ['a-b-2', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['-a', false],
  ['a-', false],
  ['a--b', false],
  ['A', false],
  ['a_b', false],
  ['../a', false],
  ['""', false],
])('the name %s is allowed: %s', async (name, allowed) => {
  const outcome = parse(`---\nname: ${name}\ndescription: x\n---\nx`)
  if (allowed) expect((await outcome).name).toBe(name)
  else expect((await failure(outcome)).message).toMatch(/^SKILL\.md: name must be 1 to 64/)
})

describe('an exported skill', () => {
  test('has only keys that every client takes, and points at its YAML', async () => {
    const skill = await loadText(skillText('model: [a, b:1]\ntools: [read_file, git_log]'))
    const { otherKeys, ...exported } = await parse(await exportAgentSkill(skill))
    expect(otherKeys).toEqual([])
    expect(exported).toMatchObject({
      name: 'review',
      description: 'looks',
      metadata: {
        'local-brain.spec': 'assets/skill.yaml',
        'local-brain.model': 'a, b:1',
        'local-brain.tools': 'read_file, git_log',
        'local-brain.output': 'markdown',
      },
      allowedTools: ['Read', 'Bash(local-brain:*)'],
    })
  })

  test.each(readdirSync(builtInFolder))('of ours, %s, has no template left in it', async (name) => {
    const file = join(builtInFolder, name, 'skill.yaml')
    const { body } = await parse(
      await exportAgentSkill(await loadSkill({ file, origin: 'built-in', tools: knownTools })),
    )
    expect(body).toContain(`# ${name}\n\n## Instructions\n\nYou `)
    expect(body).not.toMatch(/\{\{|\{%/)
  })

  test('shows its prompt without a template in it, and ends with the command', async () => {
    const prompt = '{% if content %}Look at {{ path }}: {{ content }} as {{ who }}{% endif %}, {{ focus }}'
    const skill = await loadText(skillText('inputs: { who: { description: whose eyes } }', prompt))
    const { body } = await parse(await exportAgentSkill(skill))
    expect(body).toContain('## Task\n\nLook at <path>: <content> as <who>, general\n')
    expect(body).toMatch(/\nrun `local-brain -s review -f <file> --var who=<who>`$/)
  })

  test.each([
    ['a name', skillText().replace('review', 'My_Review'), 'review.yaml: "My_Review" is not a name for an Agent Skill'],
    [
      'a description',
      skillText().replace('looks', 'x'.repeat(1025)),
      'review.yaml: description has more than 1024 characters',
    ],
  ])('that does not fit by %s is refused', async (_, text, message) => {
    expect((await failure(exportAgentSkill(await loadText(text)))).message).toBe(message)
  })
})
