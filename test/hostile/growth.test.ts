import { describe, test } from 'vitest'
import { jsonInText } from '../../src/core/json-in-text.ts'
import { renderMarkdown } from '../../src/doors/cli/markdown.ts'
import { gitCalls } from '../../src/doors/hooks/shell-git.ts'
import { findWayOut } from '../../src/doors/hooks/way-out.ts'
import { addBlock } from '../../src/doors/hooks/hook-block.ts'
import { isCallText, recoverToolCalls } from '../../src/engines/dialect/recover.ts'
import { splitLeaks } from '../../src/engines/dialect/leaks.ts'
import { parseServerText } from '../../src/engines/http/server-text.ts'
import { readAttributeFile } from '../../src/input/attribute-file.ts'
import { readNotebook } from '../../src/input/notebook.ts'
import { readPipedPatch } from '../../src/input/piped-patch.ts'
import { looksLikeProse } from '../../src/input/prose.ts'
import { unquoteName } from '../../src/input/quoted-name.ts'
import { skipByText } from '../../src/input/skip.ts'
import { createFence } from '../../src/skills/prompt.ts'
import { parseYaml } from '../../src/skills/yaml.ts'
import { languageOf } from '../../src/syntax/language.ts'
import { checkLine } from '../../src/tasks/findings/check-line.ts'
import { readQuote } from '../../src/tasks/findings/quote-forms.ts'
import { createRedactor, redactSecrets } from '../../src/tasks/findings/redact.ts'
import { squeeze } from '../../src/tasks/findings/squeeze.ts'
import { clip } from '../../src/text/clip.ts'
import { escapeText, safeJson } from '../../src/text/escape.ts'
import { neutralCommands } from '../../src/text/log-commands.ts'
import { markdownLine, neutralMarkdown } from '../../src/text/neutral-markdown.ts'
import { tools } from '../../src/tools/index.ts'
import { isOddName } from '../../src/workspace/confine.ts'
import { parsePatch } from '../../src/workspace/git/patch.ts'
import { compileGlob, parseGlob } from '../../src/workspace/glob.ts'
import { isSecret } from '../../src/workspace/secrets.ts'
import { expectLinear, repeated } from '../growth.ts'

/** What begins something and never ends it, what ends what never began, and what is almost what a reader looks for. */
const pieces = [
  '[ ( { < ` " \\ * ~ - a 0 | ? ![ ]( [a]( [[a {} [{ {"a": "a", <!-- --> /* */ // ===== &amp; ${ {{ $( ;'.split(' '),
  '../ **/ {a, f(x= a= a.b ://a: -eyJ Aa0_ <think> </think> <tool_call> <tool_call>{"'.split(' '),
  '\u00e9 \u{1f44b} \u200b \u202e \u001b[ \0 :: ##a \u001b[1m'.split(' '),
  ["'", ' ', '\n', '\r\n', '\t', '\u2028', 'a ', '# ', 'a: ', '<a ', '&& ', 'git ', 'import ', '-----BEGIN '],
  ['```\n', '```a\n', '- a\n', '+a\n', '@@ -1 +1 @@\n', 'diff --git a/a b/a\n', '>>>>>>>\n'],
].flat()

/** Each reader of foreign text. What it throws is none of this test's business. */
const readers: Record<string, (text: string) => unknown> = {
  'text for a terminal': escapeText,
  'text in JSON': safeJson,
  'text in the log of a runner': neutralCommands,
  'a line in Markdown': markdownLine,
  'text in Markdown': neutralMarkdown,
  'Markdown on a terminal': (text) => renderMarkdown(text, true),
  'a text that is cut': (text) => clip(text, { maxChars: 20_000, hint: () => '' }),
  'a reply with calls': (text) => [recoverToolCalls(text, tools), isCallText(text, tools)],
  'a reply with thoughts': (text) => splitLeaks(text),
  'a reply with JSON': jsonInText,
  'a quote': (text) => [readQuote(text), squeeze(text)],
  'a complaint of a server': parseServerText,
  secrets: redactSecrets,
  'secrets in an answer that comes in pieces': (text) => {
    const redactor = createRedactor()
    for (let at = 0; at < text.length; at += 4) redactor.push(text.slice(at, at + 4))
    return redactor.end()
  },
  'a line of code': (text) => checkLine({ text, next: text, first: true, language: 'typescript' }),
  'a file': (text) => [languageOf('a', text), skipByText('a.ts', text), looksLikeProse(text)],
  'a name': (text) => [isOddName(text), isSecret(text), languageOf(text), unquoteName(`"${text}"`)],
  'a glob': (text) => parseGlob(text)('a/b'),
  'a name for a glob': compileGlob('**/*a*b/*.[a-z]*'),
  'a patch of git': (text) => parsePatch(`diff --git a/a b/a\n@@ -1,9999999 +1,9999999 @@\n${text}`),
  'a patch that is piped in': readPipedPatch,
  'a file of attributes': (text) => readAttributeFile('', text),
  'a notebook': (text) => readNotebook(JSON.stringify({ cells: [{ cell_type: 'code', source: text }] })),
  'a skill file': (text) => parseYaml(text, 'skill.yaml'),
  'the marker around a text': createFence,
  'an existing hook': (text) => [findWayOut(text), addBlock(text, { name: 'pre-commit', program: ['a'], options: [] })],
  'a command of an agent': (text) => gitCalls(`git commit ${text}`),
}

describe.each(Object.entries(readers))('the time for %s grows as its length does', (_, read) => {
  const run = async (text: string) => {
    try {
      await read(text)
    } catch {
      // Refused, in time.
    }
  }
  test.each([
    ['at its beginning', ''],
    ['behind something else', 'a'],
  ])('%s', { timeout: 120_000 }, async (__, before) => {
    for (const piece of pieces) await expectLinear((size) => before + repeated(piece)(size), run, { upTo: 40_000 })
  })
})
