import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { fits } from '../../../src/core/fits.ts'
import type { ToolSpec } from '../../../src/core/model.ts'
import { isCallText, recoverToolCalls } from '../../../src/engines/dialect/recover.ts'
import { toJsonSchema } from '../../../src/core/json-schema.ts'

const tool = (name: string, parameters: z.ZodObject): ToolSpec => ({
  name,
  description: name,
  parameters: toJsonSchema(parameters),
})
const tools = [
  tool('read_file', z.object({ path: z.string(), limit: z.int().optional() })),
  tool('list_directory', z.object({ path: z.string().optional() })),
  tool('git_status', z.object({})),
  tool('search_code', z.object({ pattern: z.string(), ignore_case: z.boolean().optional() })),
]

const a = ['read_file', { path: 'src/a.ts' }] as const
const limited = ['read_file', { path: 'src/a.ts', limit: 5 }] as const
const b = ['list_directory', { path: 'src' }] as const
const status = ['git_status', {}] as const

type Calls = (readonly [string, Record<string, unknown>])[]

/** Family, reply that is a call, what it calls. */
const forms: [string, string, Calls][] = [
  ['bare JSON', '{"name":"read_file","arguments":{"path":"src/a.ts"}}', [a]],
  ['bare JSON over lines', '\n{\n  "name": "read_file",\n  "arguments": { "path": "src/a.ts" }\n}\n', [a]],
  ['bare JSON with parameters', '{"name":"read_file","parameters":{"path":"src/a.ts"}}', [a]],
  ['bare JSON, arguments as text', '{"name":"read_file","arguments":"{\\"path\\":\\"src/a.ts\\"}"}', [a]],
  ['bare JSON without arguments', '{"name":"git_status"}', [status]],
  ['bare JSON, number as text', '{"name":"read_file","arguments":{"path":"src/a.ts","limit":"5"}}', [limited]],
  ['bare JSON, arguments first', '{"arguments":{"path":"src/a.ts"},"name":"read_file"}', [a]],
  [
    'bare JSON, one per line',
    '{"name":"read_file","arguments":{"path":"src/a.ts"}}\n{"name":"list_directory","arguments":{"path":"src"}}',
    [a, b],
  ],
  ['bare JSON in a list', '[{"name":"read_file","arguments":{"path":"src/a.ts"}},{"name":"git_status"}]', [a, status]],
  [
    'bare JSON as OpenAI writes it',
    '{"id":"call_1","type":"function","function":{"name":"read_file","arguments":"{\\"path\\":\\"src/a.ts\\"}"}}',
    [a],
  ],
  ['bare JSON, opener lost', '{"name":"read_file","arguments":{"path":"src/a.ts"}}\n</tool_call>', [a]],
  ['bare JSON, end marker leaked', '{"name":"read_file","arguments":{"path":"src/a.ts"}}<|im_end|>', [a]],
  ['fenced', '```json\n{"name":"read_file","arguments":{"path":"src/a.ts"}}\n```', [a]],
  ['fenced without a language', '```\n{"name":"git_status","arguments":{}}\n```', [status]],
  ['fenced twice', '```json\n{"name":"git_status"}\n```\n\n```json\n{"name":"git_status"}\n```', [status, status]],
  ['Hermes', '<tool_call>\n{"name":"read_file","arguments":{"path":"src/a.ts"}}\n</tool_call>', [a]],
  ['Hermes, never closed', '<tool_call>{"name":"read_file","arguments":{"path":"src/a.ts"}}', [a]],
  [
    'Hermes, twice',
    '<tool_call>{"name":"git_status","arguments":{}}</tool_call>\n<tool_call>{"name":"list_directory","arguments":{"path":"src"}}</tool_call>',
    [status, b],
  ],
  ['Hermes in a fence', '```xml\n<tool_call>{"name":"git_status"}</tool_call>\n```', [status]],
  ['tools tag', '<tools>{"name":"read_file","arguments":{"path":"src/a.ts"}}</tools>', [a]],
  [
    'Qwen markup',
    '<tool_call>\n<function=read_file>\n<parameter=path>\nsrc/a.ts\n</parameter>\n<parameter=limit>\n5\n</parameter>\n</function>\n</tool_call>',
    [limited],
  ],
  [
    'Qwen markup without its opener',
    '<function=read_file><parameter=path>src/a.ts</parameter></function></tool_call>',
    [a],
  ],
  [
    'Qwen markup, parameter left open',
    '<function=read_file>\n<parameter=path>\nsrc/a.ts\n</function>\n</tool_call>',
    [a],
  ],
  ['Qwen markup without arguments', '<function=git_status>\n</function>', [status]],
  ['Mistral list', '[TOOL_CALLS][{"name":"read_file","arguments":{"path":"src/a.ts"}}]', [a]],
  ['Mistral with ARGS', '[TOOL_CALLS]read_file[ARGS]{"path":"src/a.ts"}', [a]],
  ['Mistral with a call id', '[TOOL_CALLS]read_file[CALL_ID]abc123[ARGS]{"path":"src/a.ts"}', [a]],
  ['Mistral with bare JSON', '[TOOL_CALLS]read_file{"path":"src/a.ts"}', [a]],
  ['Mistral, twice', '[TOOL_CALLS]git_status[ARGS]{}[TOOL_CALLS]list_directory[ARGS]{"path":"src"}', [status, b]],
  ['Llama JSON', '<|python_tag|>{"name":"read_file","parameters":{"path":"src/a.ts"}}<|eom_id|>', [a]],
  [
    'Llama JSON, several',
    '<|python_tag|>{"name":"git_status"}; {"name":"list_directory","parameters":{"path":"src"}}',
    [status, b],
  ],
  ['Llama call', '<|python_tag|>read_file.call(path="src/a.ts")', [a]],
  ['Llama function tag', '<function=read_file>{"path":"src/a.ts"}</function>', [a]],
  [
    'DeepSeek',
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>read_file<｜tool▁sep｜>{"path":"src/a.ts"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>git_status<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    [a, status],
  ],
  [
    'DeepSeek R1',
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n```json\n{"path":"src/a.ts"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    [a],
  ],
  ['DeepSeek R1, markers lost', 'function<｜tool▁sep｜>read_file\n```json\n{"path":"src/a.ts"}\n```', [a]],
  [
    'Harmony',
    '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path":"src/a.ts"}<|call|>',
    [a],
  ],
  [
    'Harmony, recipient in the role',
    '<|start|>assistant to=functions.read_file<|channel|>commentary <|constrain|>json<|message|>{"path":"src/a.ts"}<|call|>',
    [a],
  ],
  ['Harmony, tokens stripped', 'commentary to=functions.read_file json{"path":"src/a.ts"}', [a]],
  ['Gemma 4', '<|tool_call>call:read_file{path:<|"|>src/a.ts<|"|>,limit:5}<tool_call|>', [limited]],
  [
    'Gemma 4, twice',
    '<|tool_call>call:git_status{}<tool_call|><|tool_call>call:list_directory{path:<|"|>src<|"|>}<tool_call|>',
    [status, b],
  ],
  ['Gemma 4, markers lost', 'call:read_file{path:src/a.ts,limit:5}', [limited]],
  ['FunctionGemma', '<start_function_call>call:read_file{path:<escape>src/a.ts<escape>}<end_function_call>', [a]],
  ['Gemma 3', '```tool_code\nread_file(path="src/a.ts", limit=5)\n```', [limited]],
  [
    'GLM',
    '<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>src/a.ts</arg_value>\n<arg_key>limit</arg_key>\n<arg_value>5</arg_value>\n</tool_call>',
    [limited],
  ],
  ['GLM without arguments', '<tool_call>git_status</tool_call>', [status]],
  ['Granite', '<|tool_call|>[{"arguments":{"path":"src/a.ts"},"name":"read_file"}]', [a]],
  [
    'LFM2',
    '<|tool_call_start|>[read_file(path="src/a.ts", limit=5), git_status()]<|tool_call_end|>',
    [limited, status],
  ],
  ['LFM2, markers lost', '[read_file(path="src/a.ts")]', [a]],
  ['Olmo', '<function_calls>read_file(path="src/a.ts")\ngit_status()</function_calls>', [a, status]],
  [
    'Cohere',
    '<|START_ACTION|>[\n{"tool_call_id":"0","tool_name":"read_file","parameters":{"path":"src/a.ts"}}\n]<|END_ACTION|>',
    [a],
  ],
  ['Phi-4', 'functools[{"name":"read_file","arguments":{"path":"src/a.ts"}}]', [a]],
  [
    'Glimmer',
    '<atem:function_calls>\n<atem:invoke name="read_file">\n<atem:parameter name="path">src/a.ts</atem:parameter>\n</atem:invoke>\n</atem:function_calls>',
    [a],
  ],
]

const untagged = new Set(['bare JSON', 'fenced', 'Gemma 3', 'Gemma 4, markers lost', 'LFM2, markers lost'])
const isUntagged = (family: string) =>
  [...untagged].some((start) => family.startsWith(start) && !family.endsWith('Hermes in a fence'))

function called(text: string, offered = tools): Calls {
  return (recoverToolCalls(text, offered)?.calls ?? []).map((call) => [call.name, call.arguments] as const)
}

describe('a call written as text is run', () => {
  test.each(forms)('%s', (_, text, calls) => {
    expect(called(text)).toEqual(calls)
  })

  test('and is marked, with an id of its own', () => {
    const [one, two] = recoverToolCalls('{"name":"git_status"}\n{"name":"git_status"}', tools)?.calls ?? []
    expect(one).toMatchObject({ name: 'git_status', recovered: true })
    expect(one?.id).toMatch(/^call_[0-9a-f]{8}$/)
    expect(two?.id).not.toBe(one?.id)
  })
})

describe('the same text is not run when the tool was not offered', () => {
  test.each(forms)('%s', (_, text) => {
    expect(called(text, [tool('other', z.object({}))])).toEqual([])
    expect(called(text, [])).toEqual([])
  })
})

describe('the same text is not run as an example in prose', () => {
  test.each(forms)('%s, in a fence', (_, text) => {
    const fence = text.includes('```') ? '~~~' : '```'
    expect(called(`A call looks like this:\n\n${fence}\n${text.trim()}\n${fence}\n\nThat is all.`)).toEqual([])
  })

  test.each(forms)('%s, in the middle of a sentence', (_, text) => {
    expect(called(`The form is ${text.trim()} and it reads a file.`)).toEqual([])
  })

  test.each(forms.filter(([, text]) => !text.trim().includes('\n')))('%s, as a code span or quoted', (_, text) => {
    expect(called(`The form is \`${text}\`\n`)).toEqual([])
    expect(called(`They write:\n> ${text}\n`)).toEqual([])
  })
})

describe('the same text is not run with arguments that the tool does not take', () => {
  const strict = [
    tool('read_file', z.object({ path: z.int() })),
    tool('list_directory', z.object({ path: z.int() })),
    tool('git_status', z.object({ needed: z.string() })),
  ]
  test.each(forms)('%s', (_, text) => {
    expect(called(text, strict)).toEqual([])
  })
})

describe('prose before a call', () => {
  test.each(forms.filter(([family]) => !isUntagged(family) && family !== 'Hermes in a fence'))(
    '%s: is kept, and the call is run',
    (_, text, calls) => {
      const recovered = recoverToolCalls(`I will look at the file.\n${text}`, tools)
      expect(recovered?.content).toBe('I will look at the file.')
      expect(recovered?.calls.map((call) => [call.name, call.arguments])).toEqual(calls)
    },
  )

  test.each(forms.filter(([family]) => isUntagged(family)))('%s: makes it an example', (_, text) => {
    expect(called(`I will look at the file.\n${text}`)).toEqual([])
    expect(called(`${text}\nThat reads the file.`)).toEqual([])
  })
})

describe('what only looks like a call', () => {
  test.each([
    ['an answer with a name', '{"name":"git_status","severity":"high","message":"leaks"}'],
    ['a list that is only partly calls', '[{"name":"git_status"},{"title":"finding"}]'],
    ['one call that is not offered among others', '{"name":"git_status"}\n{"name":"delete_file"}'],
    ['JSON that ends early', '{"name":"read_file","arguments":{"path":"src/a.ts"}'],
    ['a tag alone', '<tool_call>'],
    ['a tag with broken JSON', '<tool_call>{"name":"read_file","arguments":{"path":</tool_call>'],
    ['a word that is a module', 'functools is a module of Python'],
    [
      'the result it made up itself',
      'Done.\n<tool_response>\n<tool_call>{"name":"git_status"}</tool_call>\n</tool_response>',
    ],
    ['arguments nested without end', `{"name":"git_status","arguments":{"x":${'['.repeat(5000)}${']'.repeat(5000)}}}`],
  ])('%s is not run', (_, text) => {
    expect(called(text)).toEqual([])
  })

  test('a call that follows one which is not offered is still run, when both are tagged', () => {
    const text = '<tool_call>{"name":"write_file"}</tool_call>\n<tool_call>{"name":"git_status"}</tool_call>'
    expect(called(text)).toEqual([status])
  })
})

describe('values', () => {
  test.each([
    ['escapes of Python', `<function_calls>search_code(pattern="a\\"b\\n\\w+")</function_calls>`, 'a"b\n\\w+'],
    ['single quotes', `<function_calls>search_code(pattern='it"s')</function_calls>`, 'it"s'],
    ['Gemma’s quotes', '<|tool_call>call:search_code{pattern:<|"|>say "x", {y}<|"|>}<tool_call|>', 'say "x", {y}'],
    ['markup', '<function=search_code><parameter=pattern>\na < b && c\n</parameter></function>', 'a < b && c'],
    ['brackets in JSON text', '<tool_call>{"name":"search_code","arguments":{"pattern":"}]\\""}}</tool_call>', '}]"'],
  ])('%s are read', (_, text, pattern) => {
    expect(called(text)).toEqual([['search_code', { pattern }]])
  })

  test('True, false and None have their meaning', () => {
    const text = '<|python_tag|>search_code.call(pattern="x", ignore_case=True)'
    expect(called(text)).toEqual([['search_code', { pattern: 'x', ignore_case: true }]])
    expect(called('<function_calls>list_directory(path=None)</function_calls>')).toEqual([['list_directory', {}]])
  })
})

describe('where no tool was offered, a reply that is nothing but a call is no answer', () => {
  test.each(forms.filter(([family]) => family !== 'bare JSON without arguments' && !family.startsWith('fenced')))(
    '%s',
    (_, text) => {
      expect(isCallText(text)).toBe(true)
    },
  )

  test.each(['<tool_call>{"name":"read_fi', 'commentary to=functions.read_file json{"pa', '[TOOL_CALLS]read_file'])(
    '%s',
    (text) => {
      expect(isCallText(text)).toBe(true)
    },
  )

  test.each([
    'The function returns early.',
    'Models write <tool_call>{"name":"x"}</tool_call> when they want a tool.',
    '{"findings":[]}',
    '{"name":"local-brain"}',
    '```json\n{"name":"x","version":"1"}\n```',
    'functools is a module of Python',
    '<|channel|>final<|message|>All good.',
    '',
  ])('but this is one: %s', (text) => {
    expect(isCallText(text)).toBe(false)
  })
})

const pieces = forms.flatMap(([, text]) => text.split(/(?<=[<>{}[\]()|:,"=])/).filter(Boolean))
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string(), fc.constantFrom('\n', ' ', '```', '`')))
  .map((parts) => parts.join(''))

test('nothing that a model writes makes it throw, or run what was not offered', () => {
  const offered = tools.slice(0, 2)
  fc.assert(
    fc.property(hostile, (text) => {
      const wrong = called(text, offered).filter(([name, given]) => {
        const spec = offered.find((one) => one.name === name)
        return spec === undefined || !fits(spec.parameters, given)
      })
      expect(wrong).toEqual([])
      expect(isCallText(text)).toBeTypeOf('boolean')
    }),
    { numRuns: 500 },
  )
})

// No clock is read: text of this size would take minutes, not milliseconds, if the time grew with its square.
const endless = `
<tool_call>|<tool_call>{|[TOOL_CALLS]x|<function=x>|<function=x><parameter=a>|{"a":|[|(|x(a=|call:x{a:|<tools>[{|</a>|<
<｜tool▁call▁begin｜>|commentary to=functions.x |<arg_key>a</arg_key><arg_value>|<atem:invoke name="x">|<escape>|\\|"
{"name":"git_status"}`
  .split(/[|\n]/)
  .filter(Boolean)
test.each([...endless, ' ', '\n', '`', '```\n', '<|', '<|"|>', '<|start|>', '<tool_call>{}</tool_call>'])(
  'half a million characters of %j are read in one go',
  (piece) => {
    const text = piece.repeat(Math.ceil(500_000 / piece.length))
    expect(called(`${text}read_file`)).toEqual([])
    expect(called(`commentary to=functions.x${text}`)).toEqual([])
    expect(called(`<|python_tag|>read_file(path=${text}`)).toEqual([])
    expect(called(`<tool_call>{"name":"delete_file"}${text}`)).toEqual([])
  },
)
