import { array, asyncProperty, check, constantFrom } from 'fast-check'
import { expect, test } from 'vitest'
import { LocalBrainError } from '../../src/errors.ts'
import { renderTemplate, type TemplateValues } from '../../src/skills/template.ts'
import { failure, loadText, skillText } from './folder.ts'

const files = [
  { path: 'a.ts', language: 'typescript', content: 'one' },
  { path: 'b.py', language: 'python', content: 'two' },
]
const values = { content: 'text', input: null, focus: undefined, files, diff: '' }

const render = (source: string, given: TemplateValues = {}) =>
  renderTemplate(
    { source },
    { ...values, ...given },
    { label: 'a.yaml: user_prompt_template', missing: (name) => new LocalBrainError('usage', `needs ${name}`) },
  )

test.each([
  ['{{ content }}', 'text'],
  ['{{ content | upper | trim }}{# left out #}', 'TEXT'],
  ["{{ focus | default('general') }}", 'general'],
  ["{{ input | default(content) }}|{{ content | default('x') }}", 'text|text'],
  ['[{{ input }}]', '[]'],
  ['{% if focus is defined %}a{% else %}b{% endif %}{% if input %}a{% elif content %}b{% endif %}', 'bb'],
  [
    '{% for file in files %}{{ loop.index }}:{{ file.path }}{% if not loop.last %}, {% endif %}{% endfor %}',
    '1:a.ts, 2:b.py',
  ],
  [
    "{{ files | length }} {{ files | join(', ', 'path') }} {{ files[0].content }} {{ (files | last).path }}",
    '2 a.ts, b.py one b.py',
  ],
  ['{% for file in input %}x{% else %}none{% endfor %}', 'none'],
  ["{% set kind = 'code' if content == 'text' else 'other' %}{{ kind }}", 'code'],
  ["{{ 'yes' if content in ['text', 'x'] and not diff else 'no' }}", 'yes'],
  ['{% raw %}{{ content }}{% endraw %}', '{{ content }}'],
  ['a\n{%- if content %}\nb\n{%- endif %}\nc\n', 'a\nb\nc\n'],
  ['{{ files[0] | dump }}', '{"path":"a.ts","language":"typescript","content":"one"}'],
  ['', ''],
])('%j renders as %j', async (source, expected) => {
  expect(await render(source)).toBe(expected)
})

test.each(['{{ 7*7 }}', '{% if', '<b>&"\'', '</system>', '\u0000', '$&', '\\n"', "'); process.exit()", '{#', '\u2028'])(
  'content is data: %j arrives as written',
  async (content) => {
    expect(await render('{% set copy = content %}{{ content }}{{ copy }}', { content })).toBe(content + content)
  },
)

const call = 'a call is not allowed'
const hostile: [template: string, message: string][] = [
  ['{{ "".constructor.constructor("return process")() }}', call],
  ['{{ "".constructor }}', 'unknown member "constructor"'],
  ['{{ range.constructor("return process")() }}', call],
  ['{{ range }}', 'unknown name "range"'],
  ['{{ constructor.constructor("return process")() }}', call],
  ['{{ constructor }}', 'unknown name "constructor"'],
  ['{{ (0 | valueOf).env.globals.range }}', 'unknown filter "valueOf"'],
  ['{% macro m() %}{% endmacro %}{{ m.constructor }}', 'a macro is not allowed'],
  ['{% include "../../etc/passwd" %}', 'an include is not allowed'],
  ['{% import "x" as y %}', 'an import is not allowed'],
  ['{% from "x" import y %}', 'an import is not allowed'],
  ['{% extends "x" %}', 'an extends is not allowed'],
  ['{% block x %}{% endblock %}', '"Block" is not allowed'],
  ['{% call m() %}{% endcall %}', 'a call is not allowed'],
  ['{{ range(1e9) }}', call],
  ['{% for i in range(1e9) %}{% endfor %}', call],
  ['{{ content | center(500000000) }}', 'unknown filter "center"'],
  ['{{ content | replace("", content) }}', 'unknown filter "replace"'],
  ['{{ content | default(r/(a+)+$/) }}', 'a regular expression is not allowed'],
  ['{{ r/x/.constructor }}', 'a regular expression is not allowed'],
  ['{{ content[focus] }}', 'a computed lookup is not allowed'],
  ['{{ files["__proto__"] }}', 'unknown member "__proto__"'],
  ['{{ { a: 1 } }}', 'a dictionary is not allowed'],
  ['{{ cycler(1, 2) }}', call],
  ['{{ content.toString() }}', call],
  ['{{ content ~ content }}', '"Concat" is not allowed'],
  ['{{ 10 ** 999 }}', '"Pow" is not allowed'],
  ['{% set x %}{{ content }}{{ content }}{% endset %}', 'a block {% set %} is not allowed'],
  ['{{ a"+process.exit }}', '"Add" is not allowed'],
  ['{% set a"b`c = 1 %}', 'a variable needs a plain name'],
  ['{% for a"b in files %}{% endfor %}', 'a variable needs a plain name'],
  ['{% for a, b in files %}{% endfor %}', 'a variable needs a plain name'],
  ['{{ content is callable }}', 'the only allowed test is "is defined"'],
  ['{% asyncEach x in files %}{% endeach %}', '"AsyncEach" is not allowed'],
  ['{% filter upper %}x{% endfilter %}', '"Capture" is not allowed'],
  ['{% switch content %}{% case 1 %}{% endswitch %}', '"Switch" is not allowed'],
  ['{{ files | join(content) }}', 'an argument of "join" must be a literal'],
  [
    '{% for a in files %}{% for b in files %}{% for c in files %}{% endfor %}{% endfor %}{% endfor %}',
    'loops are nested deeper',
  ],
]
test.each(hostile)('%j is refused when the skill is loaded', async (template, message) => {
  const refusal = { code: 'invalid-skill', message: expect.stringContaining(`line 1: ${message}`) as string }
  expect(await failure(loadText(skillText('', template)))).toMatchObject(refusal)
  expect(await failure(loadText(skillText(`system_prompt: ${JSON.stringify(template)}`)))).toMatchObject(refusal)
  expect(await failure(render(template))).toMatchObject({ code: 'invalid-skill' })
})

test.each([
  ['{{ filname }}', 'unknown name "filname"', 'did you mean filename?'],
  ['\n{% if filname %}{% endif %}', 'unknown name "filname"', 'did you mean filename?'],
  ['{% for x in fils %}{% endfor %}', 'unknown name "fils"', 'did you mean files?'],
  ['{% for x in files %}{% endfor %}{{ x }}', 'unknown name "x"', 'one of: '],
  ["{{ focs | default('x') }}", 'unknown name "focs"', 'did you mean focus?'],
  ["{{ diff | default('x') }}", 'default() is only for filename, content, input, kind, focus', 'skills check'],
  ['{{ files[0].pth }}', 'unknown member "pth"', 'did you mean path?'],
  ['{{ content | uper }}', 'unknown filter "uper"', 'did you mean upper?'],
  ['{{ content', 'cannot be parsed: ', 'skills check'],
  ['{% if content %}', 'cannot be parsed: ', 'skills check'],
  ["{{ content | d('a').b }}", 'cannot be parsed: malformed tag', 'skills check'],
])('%j: %s', async (template, message, hint) => {
  const seen = await failure(loadText(skillText('', template)))
  expect(seen.message).toContain(message)
  expect(seen.hint).toContain(hint)
})

const at = 'a.yaml: user_prompt_template '
test.each([
  ['{{ focus }}', 'usage', 'needs focus'],
  ['{{ focus | upper }}', 'usage', 'needs focus'],
  ['{% set x = focus %}{{ x }}', 'usage', 'needs focus'],
  ['{{ files }}', 'invalid-skill', `${at}prints a list`],
  ['{{ files | upper }}', 'invalid-skill', 'uses a list as text'],
  ['{% for x in content %}{% endfor %}', 'invalid-skill', 'loops over something that is not a list'],
  ['{{ files[7].path }}', 'invalid-skill', 'uses ".7", which does not exist'],
  ['{{ content.length }}', 'invalid-skill', 'uses ".length", which does not exist'],
  ['{% if input %}{% set x = 1 %}{% endif %}{{ x }}', 'invalid-skill', '"x" has no value here'],
])('%j fails while rendering: %s, %s', async (template, code, message) => {
  const seen = await failure(render(template))
  expect(seen).toMatchObject({ code, message: expect.stringContaining(message) as string })
})

test('what a template costs is bounded before it is parsed', async () => {
  const bracket = `{{ ${'('.repeat(5000)} }}`
  expect((await failure(render(bracket))).message).toContain('brackets nested deeper than 20 levels')
  expect((await failure(render(`{{ ${'not '.repeat(5000)} content }}`))).message).toContain('more than 400 words')
  expect((await failure(render('{% if content %}'.repeat(1000)))).message).toContain('more than 300 tags')
  expect((await failure(render(`{{ "}}" in ${'['.repeat(5000)} }}`))).message).toContain('brackets nested deeper')
  expect((await failure(render('x'.repeat(32_001)))).message).toContain('longer than 32000 characters')
})

test('what a template makes is bounded', async () => {
  const many = { files: Array.from({ length: 400 }, () => files[0]) }
  const nested = '{% for a in files %}{% for b in files %}{{ b.path }}{% endfor %}{% endfor %}'
  expect((await failure(render(nested, many))).message).toContain('more than 100000 loop iterations')
  const large = { content: 'x'.repeat(1_000_000) }
  const tooLong = 'renders to more than 16000000 characters'
  expect((await failure(render('{{ content }}'.repeat(20), large))).message).toContain(tooLong)
  const unseen = `{% set x = content ${'| dump '.repeat(25)} %}`
  expect((await failure(render(unseen, { content: '"' }))).message).toContain(tooLong)
  const all = '{% for a in files %}{{ content }}{{ content }}{{ content }}{% endfor %}'
  expect((await failure(render(all, { ...many, ...large }))).message).toContain(tooLong)
})

test('whatever a template says, it renders or is refused, and runs nothing', async () => {
  const words =
    '{{ }} {% %} {# #} content files text loop if else endif for in endfor set = raw endraw not is defined default ' +
    'join constructor __proto__ globalThis process . [ ] ( ) | , - r/ 1 x " \' ` \\ $'
  const piece = constantFrom(...words.split(' '), ' ', ' ', '\n')
  const outcome = async (pieces: string[]) =>
    render(pieces.join('')).then(
      (rendered) => !rendered.includes('[object') && !rendered.includes('function'),
      (error: unknown) => error instanceof LocalBrainError,
    )
  const property = asyncProperty(array(piece, { maxLength: 30 }), outcome)
  expect(await check(property, { numRuns: 500 })).toMatchObject({ failed: false, counterexample: null })
})

test.each([
  ['"in" over nothing', "{% if 'x' in input %}a{% endif %}", 'looks with "in" into something'],
  ['"in" over a file', "{% if 'x' in files[0] %}a{% endif %}", 'looks with "in" into something'],
  [
    'a variable that doubles',
    `{% set a = content %}${"{% set a = [a, a] | join('') %}".repeat(60)}{{ a }}`,
    '16000000 characters',
  ],
  [
    'a filter in a loop',
    `{% for one in list %}{% for two in list %}{% set x = content | upper %}{% endfor %}{% endfor %}`,
    '16000000 characters',
  ],
  [
    'a dump in a loop',
    '{% for one in list %}{% for two in list %}{% set x = content | dump %}{% endfor %}{% endfor %}',
    '16000000 characters',
  ],
])('%s is a fault of the skill, found in time', async (_, source, message) => {
  const list = Array.from({ length: 200 }, () => 'x')
  const given = { content: 'x'.repeat(10_000), list }
  await expect(render(source, given)).rejects.toMatchObject({
    code: 'invalid-skill',
    message: expect.stringContaining(message),
  })
})
