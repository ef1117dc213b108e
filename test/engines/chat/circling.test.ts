import { expect, test } from 'vitest'
import { createCircling } from '../../../src/engines/chat/circling.ts'

const lines = (line: (at: number) => string, count = 100) =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n')

/** Told in pieces, as a server does. */
function circles(text: string): boolean {
  const isCircling = createCircling()
  return (text.match(/[^]{1,7}/g) ?? []).map(isCircling).includes(true)
}

test.each([
  ['one line', lines(() => 'The file holds the total of a cart.')],
  ['one line with numbers', lines((at) => `${at + 1}. The file holds the total of a cart.`)],
  ['one line with bullets and blank lines', lines(() => '- It is tested.\n')],
  ['a few lines in turn', lines((at) => `${at}) ${['Read it.', 'Change it.', 'Test it.'][at % 3]}`)],
  ['a loop after an answer', `It adds up.\n\n${lines(() => 'I hope this helps!')}`],
])('%s again and again goes round in circles', (_, text) => {
  expect(circles(text)).toBe(true)
})

test.each([
  ['a list of many things', lines((at) => `${at + 1}. src/part${at}.ts holds part ${at} of it.`)],
  ['a list of places', lines((at) => `- \`src/a.ts:${at * 3}\` calls it.`)],
  ['a table', lines((at) => `| ${at} | yes |`)],
  ['code', `\`\`\`js\n${lines(() => '  console.log("again")')}\n\`\`\`\n`],
  ['rows without a word', lines(() => '| 0 | 0 | 0 |')],
  ['a word that comes back', lines(() => 'Done.', 20)],
  ['one endless line', 'and so on '.repeat(5000)],
])('%s does not', (_, text) => {
  expect(circles(text)).toBe(false)
})
