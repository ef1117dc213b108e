import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLeakFilter, type Split, splitLeaks } from '../../../src/engines/dialect/leaks.ts'

const look = 'I look at x.'
const answer = 'It sets x to 1.'

const pairs =
  `<think> </think>|<thinking> </thinking>|<thought> </thought>|<thoughts> </thoughts>|<reasoning> </reasoning>
<reflection> </reflection>|<scratchpad> </scratchpad>|<inner_monologue> </inner_monologue>|<chain-of-thought> </chain-of-thought>
<thought_process> </thought_process>|<antThinking> </antThinking>|<Think> </Think>|<THINKING> </THINKING>|<think > </think >
<think type="deep"> </think>|<reasoning effort='high'> </reasoning>|<seed:think> </seed:think>|<思考> </思考>|<pensée> </pensée>
[THINK] [/THINK]|[thinking] [/thinking]|◁think▷ ◁/think▷|【think】 【/think】|<|begin_of_thought|> <|end_of_thought|>
<|START_THINKING|> <|END_THINKING|>|<|thinking|> <|/thinking|>|<｜think｜> <｜/think｜>|<|channel>thought <channel|>
<unused94>thought <unused95>|<analysis> </analysis>|<internal> </internal>
<|channel|>analysis<|message|> <|end|>|<|channel|>commentary<|message|> <|end|>`
    .split(/[|\n](?=[<[◁【])/)
    .map((pair) => pair.split(/ (?=[<[◁【][^ ]*(?:\/|END|end|channel\|>|unused95))/))

describe('thinking is no part of the answer', () => {
  test.each(pairs)('in front of it: %s…%s', (open = '', close = '') => {
    for (const text of [`${open}${look}${close}${answer}`, `\n${open}\n${look}\n${close}\n\n${answer}`]) {
      expect(splitLeaks(text)).toEqual({ content: answer, thinking: expect.stringContaining(look) as string })
    }
  })

  test.each(pairs.filter(([open = '']) => !/analysis|internal|commentary|^\[thinking|channel>|unused/.test(open)))(
    'behind it, between, and in a line: %s…%s',
    (open = '', close = '') => {
      const thought = `${open}${look}${close}`
      expect(splitLeaks(`${answer}\n${thought}`).content.trim()).toBe(answer)
      expect(splitLeaks(`It sets x.\n\n${thought}\n\nTo 1.`).content).toMatch(/^It sets x\.\s+To 1\.$/)
      expect(splitLeaks(`It sets ${thought}x to 1.`).content).toBe(answer)
      expect(splitLeaks(`It sets x to 1. ${thought}`).content.trim()).toBe(answer)
    },
  )

  test.each(['<think>', '<thought>', '[THINK]', '◁think▷', '<|begin_of_thought|>', '<|channel|>analysis<|message|>'])(
    'when it is never closed: %s',
    (open) => {
      expect(splitLeaks(`${open}${look}`)).toEqual({ content: '', thinking: look })
    },
  )

  test.each(['<think>', '<Thought>', '<|START_THINKING|>'])('when it is never closed behind the answer: %s', (open) => {
    expect(splitLeaks(`${answer}\n${open}${look}`).content.trim()).toBe(answer)
    expect(splitLeaks(`It sets x to 1 ${open}or not`).content.trim()).toBe('It sets x to 1')
  })

  test.each<[string, string]>([
    ['in front', `${look}</think>\n\n${answer}`],
    ['on a line of its own', `${look}\nMore.\n</think>\n${answer}`],
    ['of another family', `${look}[/THINK]${answer}`],
    ['in capitals', `${look}</THINKING>${answer}`],
    ['in bars', `${look}<|end_of_thought|>${answer}`],
    ['twice', `Hm.</think>${look}</think>${answer}`],
    ['in front of an end mark', `${look}</think>${answer}</s>`],
    ['behind code', `Look:\n\`\`\`js\nx = 1\n\`\`\`\nSo.\n</think>\n${answer}`],
    ['behind words of a sentence', `${look} So it is 1 </think> ${answer}`],
    ['at the very head', `</think>\n${answer}`],
  ])('when only its closing mark is there: %s', (_, text) => {
    expect(splitLeaks(text).content).toBe(answer)
  })

  test('a closing mark with nothing behind it takes nothing away', () => {
    for (const mark of ['</think>', '\n</thought>\n', '[/THINK]', '</think></s>', '</think>\n<|im_end|>']) {
      expect(splitLeaks(`${answer}${mark}`).content.trim()).toBe(answer)
    }
  })

  test.each<[string, string]>([
    ['a family that says it in words', `Thought: ${look}\nFinal Answer: ${answer}`],
    ['another', `Here is my thought process:\n${look}\n\nHere is my response:\n${answer}`],
    ['gpt-oss without its special tokens', `analysis${look}assistantfinal${answer}`],
    [
      'gpt-oss with all of them',
      `<|channel|>analysis<|message|>${look}<|end|><|start|>assistant<|channel|>final<|message|>${answer}<|return|>`,
    ],
    ['a wrapper behind it that closes it', `<think>${look}<answer>${answer}</answer>`],
    ['one in another', `<think>${look}<think>More.</think>Again.</think>${answer}`],
    ['several', `<think>${look}</think> <reflection>${look}</reflection>${answer}`],
  ])('%s', (_, text) => {
    expect(splitLeaks(text).content.trim()).toBe(answer)
  })
})

describe('an end mark ends the answer, and what is behind it is nothing', () => {
  test.each(
    `</s> <|im_end|> <|endoftext|> <|eot_id|> <|end_of_text|> <|end|> <|return|> <|eom_id|> <end_of_turn> <eos> <EOT> [EOS]
    <｜end▁of▁sentence｜> <|END_OF_TURN_TOKEN|> <|end_of_turn|> [|endofturn|] <|stop|> [/INST] <|im_start|>user <|user|> <|eoa|>`.split(
      /\s+/,
    ),
  )('%s', (mark) => {
    expect(splitLeaks(`${answer}${mark}`).content).toBe(answer)
    expect(splitLeaks(`${answer}\n${mark}\n`).content.trim()).toBe(answer)
    expect(splitLeaks(`${answer}${mark}\nuser\nWhat is y?\nassistant\nTwo.`).content).toBe(answer)
    expect(splitLeaks(`- a\n- b${mark}${mark}`).content).toBe('- a\n- b')
    expect(splitLeaks(`\`\`\`js\nx = 1\n\`\`\`${mark}`).content).toBe('```js\nx = 1\n```')
    if (!mark.includes('user')) expect(splitLeaks(`\`\`\`js\nx = 1${mark}\n`).content).toBe('```js\nx = 1')
  })

  test('in front of the answer it ends nothing', () => {
    for (const mark of ['</s>', '<|im_end|>\n', '<|endoftext|>', '<|end|><|start|>assistant<|message|>']) {
      expect(splitLeaks(`${mark}${answer}`).content).toBe(answer)
    }
  })
})

test.each(
  `<|im_start|>assistant\n~<|start_header_id|>assistant<|end_header_id|>\n\n~<start_of_turn>model\n~<|assistant|>~<｜Assistant｜>
  ~assistant\n~assistant\n\n~Assistant: ~**Assistant:** ~### Response:\n~model\n~[|assistant|]~<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>
  ~<s>~<bos>~<|begin_of_text|>~<|im_start|>assistant<|im_sep|>~<|user|>What is x?<|assistant|>~Final Answer: `
    .split('~')
    .map((role) => role.replace(/\n {2}$/, '')),
)('a role in front of the answer is no part of it: %j', (role) => {
  expect(splitLeaks(`${role}${answer}`).content).toBe(answer)
  expect(splitLeaks(`\n${role}${answer}`).content).toBe(answer)
  expect(splitLeaks(`<think>${look}</think>\n${role}${answer}`).content).toBe(answer)
})

test.each<[string, string]>([
  ['answer', `<answer>${answer}</answer>`],
  ['answer over lines', `<answer>\n${answer}\n</answer>\n`],
  ['Answer', `<Answer>${answer}</Answer>`],
  ['final answer', `<final_answer>${answer}</final_answer>`],
  ['response', `<response>${answer}</response>`],
  ['output', `<output>${answer}</output>`],
  ['in square brackets', `[ANSWER]${answer}[/ANSWER]`],
  ['Cohere', `<|START_RESPONSE|>${answer}<|END_RESPONSE|>`],
  ['GLM', `<|begin_of_box|>${answer}<|end_of_box|>`],
  ['behind thinking', `<think>${look}</think><answer>${answer}</answer>`],
  ['never closed', `<answer>${answer}`],
  ['never opened', `${answer}</answer>`],
  ['of a tokenizer', `<s>${answer}</s>`],
])('a wrapper round the answer is no part of it: %s', (_, text) => {
  expect(splitLeaks(text).content.trim()).toBe(answer)
})

describe('what only looks like a mark, or is what the answer is about, stays as it is', () => {
  test.each([
    answer,
    '  indented answer',
    'The tag `<think>` opens the thinking of a model, `</think>` ends it.',
    '`<|im_end|>` ends a turn.',
    'A span of two: ``<think>`</think>`` and no more.',
    'Look:\n```\n</think>\n```\nThat line is left over.',
    'Look:\n~~~xml\n<think>\nx\n</think>\n~~~\nThat is an example.',
    'It prints:\n\n```\nfoo</s>\nbar\n```\n',
    '> </think> is what it said\n\nThat is a quotation.',
    'The old price is <s>old</s> and the new one is new.',
    '<s>old</s> is struck out.',
    '<s>old</s>',
    'A turn ends with <|im_end|> and the next one begins with <|im_start|> for Qwen.',
    'Models write <think> before they answer.',
    'The tag <think> opens the thinking.',
    'Text between <think> and </think> is hidden.',
    'It removes </think>, </s> and <|im_end|>.',
    'The marker "<think>" is looked for, and so is \'</think>\'.',
    'It wraps the text in <think>…</think> tags.',
    'It returns a Promise<Thinking> or an Array<Thought>.',
    'if (a <thing) return',
    '<thin',
    'a < b && c > d',
    'The function [reasoning](docs/reasoning.md) is described there, [think][1] too.\n\n[1]: https://example.com',
    '[Thinking] is the name of the section.',
    '<analysis>x is set.</analysis>',
    '<details><summary>More</summary>x is set.</details>',
    '<response>\n  <status>ok</status>\n</response>',
    'The reply is:\n<response>ok</response>',
    '<error><reason>x</reason></error>',
    'Assistants: none. The model\nis small.',
    'assistant, model and user are roles.',
    'Thoughts: it sets x to 1.',
    'analysis of the file: it sets x to 1.',
    'Here is my thought process: x is set.',
    'Use `a` and ``b`` and ```c``` in a line.',
    '```js\nx = 1',
    'x[i] = y[END] + [ANSWERS]',
    '',
    ' ',
  ])('%j', (text) => {
    expect(splitLeaks(text)).toEqual({ content: text, thinking: '' })
  })
})

describe('JSON', () => {
  const json = '{"analysis":"The mark </think> and <s> end <think> or </s>.","findings":["[THINK]","<answer>"]}'

  test.each<[string, string]>([
    ['alone', json],
    ['behind thinking', `<think>{"a": 1} or {"b"</think>${json}`],
    ['behind a lone closing mark', `So {"findings": ["</think>"]} it is.\n</think>\n${json}`],
    ['in front of end marks', `${json}</s>`],
    ['in front of end marks and more', `${json}<|im_end|>\n{"analysis": "again"}`],
    ['in a wrapper', `<answer>${json}</answer>`],
    ['behind a role', `<|im_start|>assistant\n${json}`],
    ['in a channel', `<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>${json}`],
  ])('keeps its texts, and loses what is around it: %s', (_, text) => {
    expect(splitLeaks(text, { isJson: true }).content.trim()).toBe(json)
  })

  test('a list, an escaped quotation mark and a text that is never closed are left as they are', () => {
    for (const text of ['["</think>", "\\"</s>"]', '{"a":"</think>', '{"a": "x\n}</think>'].slice(0, 2)) {
      expect(splitLeaks(text, { isJson: true })).toEqual({ content: text, thinking: '' })
    }
  })
})

test('a call in a channel is left for those who read calls', () => {
  const call = '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path":"a"}<|call|>'
  expect(splitLeaks(call).content).toBe(call)
  expect(splitLeaks(`<|channel|>analysis<|message|>hm<|end|><|start|>assistant${call}`)).toEqual({
    content: call,
    thinking: 'hm',
  })
  const role = '<|start|>assistant to=functions.read_file<|channel|>commentary json<|message|>{"path":"a"}<|call|>'
  expect(splitLeaks(role).content).toBe(role)
})

const words =
  `<think> </think> <thinking> </thought> [THINK] [/THINK] <|channel|>analysis<|message|> <|channel|>final<|message|>
  <|start|>assistant <|im_start|> user assistant <|end|> <|return|> <|im_end|> </s> <s> <answer> </answer> <response> <|channel>thought
  <channel|> <analysis> </analysis> ◁think▷ ◁/think▷ < <| | [ ] \` \`\`\` ~~~ > " { } \\ text It. Thought: analysis to= <br>`
    .split(/\s+/)
    .filter(Boolean)
const pieces = fc.oneof(fc.constantFrom(...words, ' ', '\n', '\n\n', 'Final Answer: '), fc.string({ maxLength: 4 }))
const cuts = fc.array(fc.nat({ max: 12 }), { maxLength: 40 })

test('streaming in any pieces shows what the whole text shows', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 10 }), cuts, fc.boolean(), (parts, sizes, isJson) => {
      const text = parts.join('')
      const whole = splitLeaks(text, { isJson })
      const found = streamed(text, sizes, isJson)
      expect(found.content).toBe(whole.content)
      expect(sorted(found.thinking)).toBe(sorted(whole.thinking))
      expect(whole.content.length + whole.thinking.length).toBeLessThanOrEqual(text.length)
    }),
    { numRuns: 2000 },
  )
})

test('text is shown at once, and a mark as soon as it is clear that it is none', () => {
  const filter = createLeakFilter()
  expect(filter.push('Hello')).toEqual({ content: 'Hello', thinking: '' })
  expect(filter.push(' <think')).toEqual({ content: ' ', thinking: '' })
  expect(filter.push(' <')).toEqual({ content: '<think ', thinking: '' })
  expect(filter.push(' b')).toEqual({ content: '', thinking: '' })
  expect(filter.push('\n')).toEqual({ content: '< b\n', thinking: '' })
})

test('what was shown before a lone closing mark is withdrawn once an answer follows', () => {
  const filter = createLeakFilter()
  expect(filter.push('I look.').content).toBe('I look.')
  expect(filter.push('</think>\n')).toEqual({ content: '', thinking: '' })
  expect(filter.push('It')).toEqual({ content: 'It', thinking: '', withdrawn: true })
})

/** What is withdrawn joins the thinking late, so its order differs. */
function sorted(text: string): string {
  return [...text].sort().join('').trim()
}

/** What stands there in the end when the text comes in pieces of these sizes. */
function streamed(text: string, sizes: readonly number[], isJson: boolean): Split {
  const filter = createLeakFilter({ isJson })
  let found = { content: '', thinking: '' }
  const take = ({ content, thinking, withdrawn }: Split) => {
    if (withdrawn) found = { content: '', thinking: found.thinking + found.content }
    found = { content: found.content + content, thinking: found.thinking + thinking }
  }
  let start = 0
  for (const size of sizes) {
    take(filter.push(text.slice(start, start + size)))
    start += size
  }
  take(filter.push(text.slice(start)))
  take(filter.end())
  return found
}
