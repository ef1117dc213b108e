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

/** Whatever keys, frames, marks, quotation marks, commas and braces are round it or missing. */
const anyForm: [string, string, Calls][] = [
  ['other keys', '{"tool": "read_file", "args": {"path": "src/a.ts"}}', [a]],
  ['keys of ReAct', '{"action": "read_file", "action_input": {"path": "src/a.ts"}}', [a]],
  ['keys of ReAct, the input as it is', '{"action": "read_file", "action_input": "src/a.ts"}', [a]],
  ['keys of Anthropic', '{"type":"tool_use","id":"t1","name":"read_file","input":{"path":"src/a.ts"}}', [a]],
  ['keys that nobody knows', '{"befehl": "read_file", "angaben": {"path": "src/a.ts"}}', [a]],
  ['capitals', '{"Tool": "READ_FILE", "Arguments": {"Path": "src/a.ts"}}', [a]],
  ['camel case', '{"toolName": "readFile", "toolInput": {"filePath": "src/a.ts"}}', [a]],
  ['the arguments beside the name', '{"action": "read_file", "path": "src/a.ts"}', [a]],
  ['a thought beside the name', '{"thought": "I need it", "action": "read_file", "path": "src/a.ts"}', [a]],
  ['the name as the key', '{"read_file": {"path": "src/a.ts"}}', [a]],
  ['two names as keys', '{"read_file": {"path": "src/a.ts"}, "list_directory": {"path": "src"}}', [a, b]],
  ['a list of name and arguments', '["read_file", {"path": "src/a.ts"}]', [a]],
  ['calls in an object', '{"tool_calls": [{"name": "read_file", "arguments": {"path": "src/a.ts"}}]}', [a]],
  [
    'a message of OpenAI',
    '{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"read_file","arguments":"{\\"path\\":\\"src/a.ts\\"}"}}]}',
    [a],
  ],
  ['one call in an object', '{"function_call": {"name": "read_file", "arguments": {"path": "src/a.ts"}}}', [a]],
  ['single quotation marks', "{'name': 'read_file', 'arguments': {'path': 'src/a.ts'}}", [a]],
  ['typographic quotation marks', '{“name”: “read_file”, “arguments”: {“path”: “src/a.ts”}}', [a]],
  ['no quotation marks', '{name: read_file, arguments: {path: src/a.ts, limit: 5}}', [limited]],
  ['a comma too many', '{"name": "read_file", "arguments": {"path": "src/a.ts",},}', [a]],
  ['a comma too few', '{"name": "read_file" "arguments": {"path": "src/a.ts" "limit": 5}}', [limited]],
  ['a brace too few', '{"name": "read_file", "arguments": {"path": "src/a.ts"}', [a]],
  ['two braces too few', '{"name": "read_file", "arguments": {"path": "src/a.ts"', [a]],
  ['a brace too few in a fence', '```json\n{"name": "read_file", "arguments": {"path": "src/a.ts"}\n```', [a]],
  ['a brace too many', '{"name": "read_file", "arguments": {"path": "src/a.ts"}}}', [a]],
  ['the opening brace lost', '"name": "read_file", "arguments": {"path": "src/a.ts"}}', [a]],
  ['doubled braces', '{{"name": "read_file", "arguments": {"path": "src/a.ts"}}}', [a]],
  ['ReAct', 'Thought: I have to read the file.\nAction: read_file\nAction Input: {"path": "src/a.ts"}', [a]],
  ['ReAct, a bare input', 'Action: read_file\nAction Input: src/a.ts', [a]],
  [
    'ReAct with what it made up',
    'Action: read_file\nAction Input: {"path": "src/a.ts"}\nObservation: 1 x\nFinal Answer: x',
    [a],
  ],
  ['the first ReAct', 'Action: read_file[src/a.ts]', [a]],
  ['labels', 'Tool: read_file\nArguments: {"path": "src/a.ts"}', [a]],
  ['labels in bold', '**Tool:** `read_file`\n**Path:** `src/a.ts`', [a]],
  ['YAML', 'tool: read_file\nargs:\n  path: src/a.ts\n  limit: 5', [limited]],
  ['YAML in a fence', '```yaml\nname: read_file\narguments:\n  path: "src/a.ts"\n```', [a]],
  ['a list of Markdown', '**read_file**\n- path: src/a.ts\n- limit: 5', [limited]],
  ['a name and JSON', 'read_file\n{"path": "src/a.ts"}', [a]],
  ['a name and JSON in one', 'read_file{"path": "src/a.ts"}', [a]],
  ['a name and JSON in a fence', 'read_file\n```json\n{"path": "src/a.ts"}\n```', [a]],
  ['a function', 'read_file(path="src/a.ts", limit=5)', [limited]],
  ['a function without names', 'read_file("src/a.ts", 5)', [limited]],
  ['a function of an object', 'read_file({path: "src/a.ts"})', [a]],
  ['a function without anything', 'git_status()', [status]],
  ['a method of something', 'await tools.read_file({ "path": "src/a.ts" });', [a]],
  ['print', '```tool_code\nprint(default_api.read_file(path = "src/a.ts"))\n```', [a]],
  ['functions.', 'functions.read_file({"path": "src/a.ts"})', [a]],
  ['backticks', '`read_file("src/a.ts")`', [a]],
  ['a fence of some language', '```python\nread_file("src/a.ts")\n```', [a]],
  ['a command', '/read_file src/a.ts', [a]],
  ['a command with flags', 'read_file --path src/a.ts --limit 5', [limited]],
  ['a command with equal signs', 'read_file path="src/a.ts" limit=5', [limited]],
  ['a word in front', 'CALL read_file WITH path=src/a.ts', [a]],
  ['an element of the tool', '<read_file>\n<path>src/a.ts</path>\n<limit>5</limit>\n</read_file>', [limited]],
  ['an element of JSON', '<read_file>{"path": "src/a.ts"}</read_file>', [a]],
  ['an empty element', '<git_status/>', [status]],
  ['attributes', '<tool name="read_file"><arg name="path">src/a.ts</arg></tool>', [a]],
  [
    'invoke',
    '<function_calls>\n<invoke name="read_file">\n<parameter name="path">src/a.ts</parameter>\n</invoke>\n</function_calls>',
    [a],
  ],
  ['a mark that nobody knows', '<|plugin|>read_file<|args|>{"path": "src/a.ts"}<|/plugin|>', [a]],
  [
    'another mark that nobody knows',
    '[[CALL]] {"name": "read_file", "arguments": {"path": "src/a.ts"}} [[/CALL]]',
    [a],
  ],
  [
    'a function call tag',
    '<function_call>{"name": "read_file", "arguments": {"path": "src/a.ts"}}</function_call>',
    [a],
  ],
  [
    'a tool_use tag',
    '<tool_use>\n<name>read_file</name>\n<arguments>{"path": "src/a.ts"}</arguments>\n</tool_use>',
    [a],
  ],
  ['two functions', 'read_file("src/a.ts")\nlist_directory("src")', [a, b]],
  [
    'two elements',
    '<read_file><path>src/a.ts</path></read_file>\n<list_directory><path>src</path></list_directory>',
    [a, b],
  ],
]

describe('a call in whatever form is run', () => {
  test.each(anyForm)('%s', (_, text, calls) => {
    expect(called(text)).toEqual(calls)
    expect(called(`\n\n${text}\n\n`)).toEqual(calls)
  })
})

describe('a reply that ends in a call is that call', () => {
  test.each([...forms, ...anyForm.filter(([, text]) => !text.startsWith('Thought:'))])('%s', (_, text, calls) => {
    const recovered = recoverToolCalls(`Sure, let me read it first.\n\n${text}`, tools)
    expect(recovered?.calls.map((call) => [call.name, call.arguments])).toEqual(calls)
    expect(recovered?.content).toBe('Sure, let me read it first.')
  })

  test.each([
    [
      'with no more than a colon before it',
      'I need the file: {"name": "read_file", "arguments": {"path": "src/a.ts"}}',
    ],
    ['on the same line', 'Let me look. {"tool": "read_file", "args": {"path": "src/a.ts"}}'],
    [
      'after words that name the tool',
      'I will use read_file on src/a.ts.\n\n{"name":"read_file","arguments":{"path":"src/a.ts"}}',
    ],
    [
      'after a list',
      'Plan:\n- read it\n- answer\n\n```json\n{"name":"read_file","arguments":{"path":"src/a.ts"}}\n```',
    ],
    ['after code', 'So far:\n```js\nx = 1\n```\nNow the rest.\n<read_file><path>src/a.ts</path></read_file>'],
    ['after other JSON', 'It has {"name": "a"}.\n\n{"name": "read_file", "arguments": {"path": "src/a.ts"}}'],
  ])('%s', (_, text) => {
    expect(called(text)).toEqual([a])
  })

  test('and what a tagged call is followed by does not matter', () => {
    const text = '<tool_call>{"name":"git_status","arguments":{}}</tool_call>\n\nI wait for the result.'
    expect(called(text)).toEqual([status])
  })
})

const json = '{"name": "read_file", "arguments": {"path": "src/a.ts"}}'

describe('what only looks like a call', () => {
  test.each([
    ['an answer with a name', '{"name":"git_status","severity":"high","message":"leaks"}'],
    ['an answer with an action', '{"action": "read_file", "result": "not allowed", "path": "src/a.ts"}'],
    ['an answer about a call', `{"name": "git_status", "arguments": {}, "verdict": "needless"}`],
    ['a list of what there is', '{"tools": ["read_file", "list_directory"]}'],
    ['a list with words to each', '{"read_file": "Reads a file", "list_directory": "Lists a folder"}'],
    [
      'a description of a tool',
      '{"name": "read_file", "description": "Reads a file", "parameters": {"type": "object"}}',
    ],
    ['several descriptions', '[{"name": "read_file", "description": "a"}, {"name": "git_status", "description": "b"}]'],
    ['a package', '{"name": "read-file", "version": "1.0.0", "main": "index.js"}'],
    ['a list that is only partly calls', '[{"name":"git_status"},{"title":"finding"}]'],
    ['one call that is not offered among others', '{"name":"git_status"}\n{"name":"delete_file"}'],
    ['a name alone', 'read_file'],
    ['a name in a sentence', 'Use `read_file`.'],
    ['a name with what it does', 'read_file: reads the lines of a file.'],
    ['a name as a heading', '## read_file\n\nReads the lines of a file.'],
    ['a sentence that begins with a call', 'read_file("src/a.ts") reads the whole file and returns its lines.'],
    ['a function in code', 'The fix:\n\n```js\nconst text = read_file("src/a.ts")\n```'],
    ['a line of code', 'It is called once:\n\n```python\nread_file("src/a.ts")\n```'],
    ['a command of the shell', 'Run this:\n\n```sh\ngit status\n```'],
    ['an example at the end', `A call looks like this, for example:\n\n\`\`\`json\n${json}\n\`\`\``],
    ['an example in a list', `- ${json}\n- That is a call.`],
    ['an example in a sentence', `The form is ${json}, as the server wants it.`],
    ['a quotation at the end', `The log says:\n\n> ${json}`],
    ['a table', '| tool | what |\n|---|---|\n| read_file | reads |\n| git_status | shows |'],
    ['a tag alone', '<tool_call>'],
    ['a tag with broken JSON', '<tool_call>{"name":"read_file","arguments":{"path":</tool_call>'],
    ['a word that is a module', 'functools is a module of Python'],
    [
      'the result it made up itself',
      'Done.\n<tool_response>\n<tool_call>{"name":"git_status"}</tool_call>\n</tool_response>',
    ],
    ['arguments nested without end', `{"name":"git_status","arguments":{"x":${'['.repeat(5000)}${']'.repeat(5000)}}}`],
    ['a text that ends early', '{"name":"read_file","arguments":{"path":"src/a.t'],
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

const unreadable = `<tool_call>{"name":"read_fi
commentary to=functions.read_file json{"pa
[TOOL_CALLS]read_file
{"name": "read_file", "arguments": {"path": "src/a.t
{"name": "read_file", "arguments": {"path": }}
{"name": "read_file", "arguments": {"pfad": "src/a.ts", "zeile": "5"}}
{"name": "read_file"}
{"tool": "read_file", "args": ["src/a.ts", "src/b.ts"]}
{"arguments": {"path": "src/a.t, "name": "read_file"}
{"name": "delete_file", "arguments": {"path": "src/a.ts"}}
Action: read_file
search_code:total
search_code: price of shipping
read_file({path: )
read_file(path=
Let me look.⏎⏎{"name": "read_file", "arguments": {"path": "src/a.t
I will read it.⏎{"tool": "read_file", "args": {}}`
  .split('\n')
  .map((text) => text.replaceAll('⏎', '\n'))

describe('a reply that is nothing but a call is no answer', () => {
  test.each(forms.filter(([family]) => family !== 'bare JSON without arguments'))(
    'where none is wanted: %s',
    (_, text) => {
      expect(isCallText(text, tools)).toBe(true)
    },
  )

  test.each(anyForm)('where none is wanted, in whatever form: %s', (_, text) => {
    expect(isCallText(text, tools)).toBe(true)
  })

  test.each(unreadable)('when it can’t be read: %j', (text) => {
    expect(called(text)).toEqual([])
    expect(isCallText(text, tools)).toBe(true)
  })

  test.each([
    'The function returns early.',
    'Models write <tool_call>{"name":"x"}</tool_call> when they want a tool.',
    '{"findings":[]}',
    '{"name":"local-brain"}',
    '{"name":"git_status","severity":"high","message":"leaks"}',
    '{"tools": ["read_file", "list_directory"]}',
    '[{"name": "read_file", "description": "a"}, {"name": "git_status", "description": "b"}]',
    '```json\n{"name":"x","version":"1"}\n```',
    'functools is a module of Python',
    '<|channel|>final<|message|>All good.',
    'read_file',
    'Use `read_file`.',
    'read_file: reads the lines of a file.',
    'read_file(path) reads the whole file and returns its lines.',
    'The tools are read_file and git_status.',
    '- read_file: reads\n- git_status: shows',
    'It is called once:\n\n```js\nconst text = read_file(path)\n```',
    `A call looks like this, for example:\n\n\`\`\`json\n${json}\n\`\`\`\n\nThat is all.`,
    '',
  ])('but this is one: %s', (text) => {
    expect(isCallText(text, tools)).toBe(false)
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
      expect(isCallText(text, tools)).toBeTypeOf('boolean')
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

const writing = [tool('write_note', z.object({ path: z.string(), content: z.string() }))]
const text = '\nfirst\n\nlast\n'

describe('the text of an argument is exact', () => {
  test.each([
    ['in JSON', JSON.stringify({ name: 'write_note', arguments: { path: 'a', content: text } })],
    [
      'in JSON behind a mark',
      `<tool_call>${JSON.stringify({ name: 'write_note', arguments: { path: 'a', content: text } })}</tool_call>`,
    ],
    [
      'in arguments as text',
      JSON.stringify({ name: 'write_note', arguments: JSON.stringify({ path: 'a', content: text }) }),
    ],
    [
      'in markup, but for the line breaks of the markup',
      `<tool_call>\n<function=write_note>\n<parameter=path>\na\n</parameter>\n<parameter=content>\n${text}\n</parameter>\n</function>\n</tool_call>`,
    ],
    [
      'in markup with Windows line breaks',
      `<invoke name="write_note">\r\n<parameter name="path">a</parameter>\r\n<parameter name="content">\r\n${text}\r\n</parameter>\r\n</invoke>`,
    ],
  ])('%s', (_, reply) => {
    expect(recoverToolCalls(reply, writing)?.calls.map((call) => call.arguments)).toEqual([
      { path: 'a', content: text },
    ])
  })

  test.each(['one line', ' indented ', 'last line\n'])('in markup on one line: %j', (content) => {
    const reply = `<function=write_note><parameter=path>a</parameter><parameter=content>${content}</parameter></function>`
    expect(recoverToolCalls(reply, writing)?.calls[0]?.arguments).toEqual({
      path: 'a',
      content: content.replace(/\n$/, ''),
    })
  })
})
