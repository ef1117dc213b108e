import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainText } from '../../../src/engines/dialect/plain-text.ts'

const said = 'an empty list divides by zero'

describe('a text of a structured reply loses what is no part of it', () => {
  test.each([
    ['an end mark', `${said}</s>`],
    ['an end mark and what is behind it', `${said}<|im_end|>\n<|im_start|>user\nWhat else?`],
    ['a blank before an end mark', `${said} <|endoftext|>`],
    ['an end mark of another family', `${said}<｜end▁of▁sentence｜>`],
    ['thinking', `<think>is it so?</think>${said}`],
    ['thinking in other words and brackets', `[THINK]is it so?[/THINK]\n${said}`],
    ['a lone closing mark', `I look at the list.</think>\n\n${said}`],
    ['thinking behind it that never ends', `${said} <thought>or is it`],
    ['a role', `<|im_start|>assistant\n${said}`],
    ['a role in words', `Assistant: ${said}`],
    ['a wrapper', `<answer>${said}</answer>`],
    [
      'a channel',
      `<|channel|>analysis<|message|>Is it?<|end|><|start|>assistant<|channel|>final<|message|>${said}<|return|>`,
    ],
  ])('%s', (_, text) => {
    expect(plainText(text, 'FILE a.js')).toBe(said)
  })
})

describe('a text keeps', () => {
  test.each([
    ['what stands in back ticks', 'the answer ends in `</s>` and hides `<think>`'],
    ['what stands in quotation marks', 'text.includes("</think>") is never true'],
    ['what a sentence is about', 'the tag <think> opens it, </think> ends it'],
    ['struck text', 'the price was <s>old</s> and is new'],
    ['types', 'returns Promise<Response> and Option<Thought>'],
    ['its white space', '  return a\n\n    + b  '],
    ['its colons', 'assistants: three of them\nand a model'],
  ])('%s', (_, text) => {
    expect(plainText(text, 'FILE a.js')).toBe(text)
  })

  test.each([
    ['a line that it was shown', 'const end = a</s>', '2 | const end = a</s>'],
    ['a key that looks like a role', 'assistant: on\nmodel: off', '1 | assistant: on\n2 | model: off'],
    ['a mark that it was shown', 'the parser ignores </think>', 'if (line === "</think>") return'],
    ['a component that it was shown', '<Result>{rows}</Result>', '1 | <Result>{row}</Result>'],
  ])('%s', (_, text, shown) => {
    expect(plainText(text, shown)).toBe(text)
    expect(plainText(text, '')).not.toBe(text)
  })
})

test('any text without a mark or a colon stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/[<[:◁【《⟨]/.test(text) && !/^\s*(?:#|assistant|model|analysis)/i.test(text))
      expect(plainText(text, '')).toBe(text)
    }),
  )
})
