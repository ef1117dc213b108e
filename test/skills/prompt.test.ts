import { assert, asyncProperty, constantFrom, string, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { type PromptValues, renderPrompt, resolveInputs } from '../../src/skills/prompt.ts'
import { failure, loadText, skillText } from './folder.ts'

const user = async (prompt: string, values: PromptValues = {}, lines = '') =>
  (await renderPrompt(await loadText(skillText(lines, prompt)), values)).at(-1)?.content

test('a skill becomes a system and a user message, as its templates say and nothing more', async () => {
  const skill = await loadText(skillText('system_prompt: "  Be {{ focus }}.  "', '\n{{ filename }}: {{ content }}\n\n'))
  expect(await renderPrompt(skill, { filename: 'a.ts', content: 'x < 1 && "y"' })).toEqual([
    { role: 'system', content: '  Be general.  ' },
    { role: 'user', content: '\na.ts: x < 1 && "y"\n\n' },
  ])
})

test('without a system prompt there is only a user message', async () => {
  expect(await renderPrompt(await loadText(skillText()), { content: 'x' })).toEqual([
    { role: 'user', content: 'Look at x' },
  ])
})

test('every value is there in every template, given or not', async () => {
  const names = '{{ input }}{{ filename }}{{ path }}{{ language }}{{ content }}{{ diff }}{{ branch }}'
  expect(await user(`${names}{% for f in files %}x{% endfor %}{% if files %}y{% endif %}`)).toBe('')
  const given = { input: '1', filename: '2', path: '3', language: '4', content: '5', diff: '6', branch: '7' }
  expect(await user(names, given)).toBe('1234567')
  const files = [{ path: 'a', language: 'b', content: 'c' }]
  expect(await user('{% for f in files %}{{ f.path }}{{ f.language }}{{ f.content }}{% endfor %}', { files })).toBe(
    'abc',
  )
})

test('an empty prompt is none', async () => {
  expect(await user("{{ input | default('what is this?') }}", { input: '' })).toBe('what is this?')
})

test('kind and focus exist for every skill, and a skill can give them other defaults', async () => {
  const prompt = "{{ kind | default('x') }} {{ focus }}"
  expect(await user(prompt)).toBe('code general')
  expect(await user(prompt, { vars: { focus: 'speed' } })).toBe('code speed')
  expect(await user(prompt, {}, 'inputs: { kind: { default: ticket } }')).toBe('ticket general')
})

test('an input has the value given, its default, or an error that says what it is for', async () => {
  const lines = 'inputs: { base: { description: branch to compare with }, level: { default: low } }'
  expect(await user('{{ base }} {{ level }}', { vars: { base: 'main', level: '' } }, lines)).toBe('main ')
  expect(await user("{{ base | default('none') }} {{ level }}", {}, lines)).toBe('none low')
  expect(await user('{% if base %}a{% else %}b{% endif %}', {}, lines)).toBe('b')
  expect(await failure(user('{{ base }}', {}, lines))).toEqual({
    code: 'usage',
    message: 'Skill "review" needs the input "base": branch to compare with',
    hint: '--var base=<value>',
  })
})

test('a value that an input does not offer and an input that is not there are named', async () => {
  const skill = await loadText(skillText('inputs: { kind: { choices: [code, design-doc], default: code } }'))
  const resolve = async (vars: Record<string, string>) => resolveInputs(skill, vars)
  expect(await resolve({ kind: 'design-doc' })).toEqual({ kind: 'design-doc', focus: 'general' })
  expect(await failure(resolve({ kind: 'codee' }))).toEqual({
    code: 'usage',
    message: 'Input "kind" must be one of code, design-doc, got "codee"',
    hint: '--var kind=code',
  })
  expect(await failure(resolve({ knd: 'code' }))).toEqual({
    code: 'usage',
    message: 'Skill "review" has no input "knd"; it takes kind, focus',
    hint: 'did you mean kind?',
  })
  expect(await failure(resolve(JSON.parse('{"__proto__":"x"}')))).toMatchObject({ code: 'usage' })
})

test('content cannot hold its own fence, and the same content has the same fence', async () => {
  const fenceOf = async (content: string) =>
    (await user('{{ fence }}\n{{ content }}', { content }))?.split('\n')[0] ?? ''
  expect(await fenceOf('a')).toBe(await fenceOf('a'))
  expect(await fenceOf('a')).not.toBe(await fenceOf('b'))
  const values = tuple(string(), constantFrom('content', 'diff', 'input', 'path'))
  await assert(
    asyncProperty(values, async ([text, name]) => {
      const rendered = (await user(`{{ fence }}\n{{ ${name} }}\n{{ fence }}`, { [name]: text })) ?? ''
      const fence = rendered.split('\n')[0] ?? '-'
      expect(rendered).toBe(`${fence}\n${text}\n${fence}`)
      expect(text).not.toContain(fence)
    }),
    { numRuns: 50 },
  )
})

test.each([
  ['number', '7', '[7] more'],
  ['number', '2.50', '[2.5] more'],
  ['boolean', 'yes', '[true] on'],
  ['boolean', 'false', '[false] off'],
])('an input of type %s, given as %s, is one in the template', async (type, given, expected) => {
  const test = type === 'number' ? '{% if a > 2 %}more{% endif %}' : '{% if a %}on{% else %}off{% endif %}'
  const skill = await loadText(skillText(`inputs: { a: { type: ${type} } }`, `[{{ a }}] ${test}`))
  const messages = await renderPrompt(skill, { vars: { a: given } })
  expect(messages.at(-1)?.content).toBe(expected)
})

test.each([
  ['number', 'ten', 'must be a number, got "ten"', '--var a=10'],
  ['number', 'Infinity', 'must be a number, got "Infinity"', '--var a=10'],
  ['boolean', 'perhaps', 'must be yes or no, got "perhaps"', '--var a=yes'],
])('a value that is no %s is refused before anything is asked: %s', async (type, given, message, hint) => {
  const skill = await loadText(skillText(`inputs: { a: { type: ${type} } }`, '{{ a }}'))
  expect(await failure(renderPrompt(skill, { vars: { a: given } }))).toMatchObject({
    code: 'usage',
    message: `Input "a" ${message}`,
    hint,
  })
})
