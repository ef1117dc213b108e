import { jsonInText } from '../../src/core/json-in-text.ts'
import { toJsonSchema } from '../../src/core/json-schema.ts'
import { parseReply } from '../../src/core/parse-reply.ts'
import { parsePushed } from '../../src/doors/hooks/pushed.ts'
import { renderMarkdown } from '../../src/doors/cli/markdown.ts'
import { gitCalls } from '../../src/doors/hooks/shell-git.ts'
import { findWayOut } from '../../src/doors/hooks/way-out.ts'
import { addBlock } from '../../src/doors/hooks/hook-block.ts'
import { isCallText, recoverToolCalls } from '../../src/engines/dialect/recover.ts'
import { splitLeaks } from '../../src/engines/dialect/leaks.ts'
import { parseServerText } from '../../src/engines/http/server-text.ts'
import { readAttributeFile } from '../../src/input/attribute-file.ts'
import { dataReason } from '../../src/input/data-files.ts'
import { isMinified } from '../../src/input/minified.ts'
import { isPlainComment } from '../../src/input/plain-comment.ts'
import { readNotebook } from '../../src/input/notebook.ts'
import { readPipedPatch } from '../../src/input/piped-patch.ts'
import { looksLikeProse } from '../../src/input/prose.ts'
import { unquoteName } from '../../src/input/quoted-name.ts'
import { skipByText } from '../../src/input/skip.ts'
import { parseAgentSkill } from '../../src/skills/agent-skill.ts'
import { compileTemplate } from '../../src/skills/check-template.ts'
import { createFence } from '../../src/skills/prompt.ts'
import { parseYaml } from '../../src/skills/yaml.ts'
import { languageOf } from '../../src/syntax/language.ts'
import { messageInJson, plainMessage } from '../../src/tasks/commit-message/plain-message.ts'
import { filesIn } from '../../src/tasks/unfounded.ts'
import { createSuppression } from '../../src/tasks/findings/suppress.ts'
import { checkLine } from '../../src/tasks/findings/check-line.ts'
import { groundReply } from '../../src/tasks/findings/ground-reply.ts'
import { reviewReplySchema } from '../../src/tasks/findings/reply.ts'
import { readQuote } from '../../src/tasks/findings/quote-forms.ts'
import { createRedactor, redactSecrets } from '../../src/text/redact.ts'
import { squeeze } from '../../src/tasks/findings/squeeze.ts'
import { clip } from '../../src/text/clip.ts'
import { escapeText, safeJson } from '../../src/text/escape.ts'
import { neutralCommands } from '../../src/text/log-commands.ts'
import { nearest, slipOf } from '../../src/text/nearest.ts'
import { clipWidth, displayWidth } from '../../src/text/width.ts'
import { markdownLine, neutralMarkdown } from '../../src/text/neutral-markdown.ts'
import { tools } from '../../src/tools/index.ts'
import { lazyMarker } from '../../src/tools/lazy-marker.ts'
import { nearestLines } from '../../src/tools/nearest-lines.ts'
import { replaceText } from '../../src/tools/replace-text.ts'
import { createMatcher } from '../../src/tools/line-matcher.ts'
import { isOddName } from '../../src/workspace/confine.ts'
import { parseChanges } from '../../src/workspace/git/change-list.ts'
import { parseComplaint } from '../../src/workspace/git/complaint.ts'
import { diffTexts } from '../../src/workspace/git/line-diff.ts'
import { readPlainLine } from '../../src/workspace/sandbox/command-line.ts'
import { parsePatch } from '../../src/workspace/git/patch.ts'
import { compileGlob, parseGlob } from '../../src/workspace/glob.ts'
import { isSecret } from '../../src/workspace/secrets.ts'
import { fileUnit, finding, hunkUnit, rawFinding } from '../tasks/findings/unit.ts'

/** What begins something and never ends it, what ends what never began, and what is almost what a reader looks for. */
export const pieces = [
  '[ ( { < ` " \\ * ~ - a 0 | ? ![ ]( [a]( [[a {} [{ {"a": "a", <!-- --> /* */ // ===== &amp; ${ {{ $( ;'.split(' '),
  '. ../ **/ {a, f(x= a= a.b ://a: -eyJ Aa0_ <think> </think> <tool_call> <tool_call>{"'.split(' '),
  '\u00e9 \u{1f44b} \u200b \u202e \u001b[ \0 :: ##a \u001b[1m'.split(' '),
  ["'", ' ', '\n', '\r\n', '\t', '\u2028', 'a ', '# ', 'a: ', '<a ', '&& ', 'git ', 'import ', '-----BEGIN '],
  ['```\n', '```a\n', '- a\n', '+a\n', '@@ -1 +1 @@\n', 'diff --git a/a b/a\n', '>>>>>>>\n'],
].flat()

const replyShape = { schema: reviewReplySchema, format: toJsonSchema(reviewReplySchema), plain: (text: string) => text }
const readFindings = async (text: string) => parseReply(text, replyShape)

const code = Array.from({ length: 50 }, (_, at) => `const value${at} = compute(first, second) + offset${at}`).join('\n')

async function quoted(text: string): Promise<unknown> {
  const findings = [text, `${code.slice(0, 40)}${text}`].map((quote) => rawFinding({ quote, message: text }))
  const units = [fileUnit(code), fileUnit(text)]
  return groundReply(reviewReplySchema.parse({ analysis: '', findings }), units, { known: async () => false })
}

const added = hunkUnit(code.replaceAll(/^/gm, '+'))
const quotedLine = code.slice(0, code.indexOf('\n'))

async function suggested(suggestion: string): Promise<unknown> {
  const findings = [suggestion, `+${suggestion}`].map((text) => rawFinding({ quote: quotedLine, suggestion: text }))
  return groundReply({ analysis: '', findings }, [added], { known: async () => false })
}

const lockNames = ['package-lock.json', 'pnpm-lock.yaml', 'Cargo.lock', 'yarn.lock', 'go.sum', 'Gemfile.lock'].concat([
  '.terraform.lock.hcl',
  'gradle.lockfile',
  'Cartfile.resolved',
  'mix.lock',
  'a.snap',
  'a.js.map',
])

/** Each reader of foreign text. What it throws is none of this test's business. */
export const readers: Record<string, (text: string) => unknown> = {
  'text for a terminal': escapeText,
  'text in JSON': safeJson,
  'text in the log of a runner': neutralCommands,
  'a line in Markdown': markdownLine,
  'text in Markdown': neutralMarkdown,
  'Markdown on a terminal': (text) => renderMarkdown(text, { color: true, columns: 80 }),
  'a text that is cut': (text) => clip(text, { maxChars: 20_000, hint: () => '' }),
  'a reply with calls': (text) => [recoverToolCalls(text, tools), isCallText(text, tools)],
  'a reply with thoughts': (text) => splitLeaks(text),
  'a reply with JSON': jsonInText,
  'a reply with findings': async (text) => [await readFindings(text), await readFindings(`{"findings": [${text}`)],
  'a quote that is looked for': quoted,
  'a suggestion': suggested,
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
  'a pattern': async (text) => (await createMatcher(text)).match(['a'.repeat(50)]),
  'a line for a pattern': async (text) => (await createMatcher('(a|b|ab)*c|(a+)+$')).match([text]),
  'a glob': (text) => parseGlob(text)('a/b'),
  'a name for a glob': compileGlob('**/*a*b/*.[a-z]*'),
  'a patch of git': (text) => parsePatch(`diff --git a/a b/a\n@@ -1,9999999 +1,9999999 @@\n${text}`),
  'a patch that is piped in': readPipedPatch,
  'a file of attributes': (text) => readAttributeFile('', text),
  'a notebook': (text) => readNotebook(JSON.stringify({ cells: [{ cell_type: 'code', source: text }] })),
  'a skill file': (text) => parseYaml(text, 'skill.yaml'),
  'the marker around a text': createFence,
  'an existing hook': (text) => [findWayOut(text), addBlock(text, { name: 'pre-commit', program: ['a'], options: [] })],
  'a text to edit': (text) => {
    const old = text.slice(text.length / 2, text.length / 2 + 3000)
    replaceText(text, { old: `${old}x`, new: old, all: false })
    replaceText(text, { old: ` ${old}`, new: text, all: true })
  },
  'a text that an edit is for': (text) => [
    replaceText('a\nb\n', { old: text, new: 'a', all: false }),
    lazyMarker(text),
  ],
  'lines that are nearly there': (text) => nearestLines(text.split('\n'), text.slice(0, 3000).split('\n')),
  'a commit message': (text) => [plainMessage(text, { shown: text.slice(0, 5000) }), messageInJson(text)],
  'data that a tool keeps': (text) => lockNames.map((name) => dataReason(name, text)),
  'a bundle': (text) => [isMinified('a.min.js', text), isMinified('a.js', text)],
  'a comment': (text) => [isPlainComment(text, 'typescript'), isPlainComment(text, 'python')],
  'comments that hide a finding': (text) => {
    const endLine = text.split('\n').length
    return createSuppression([fileUnit(text)], new Set()).hides(finding({ startLine: 1, endLine }))
  },
  'files that an answer names': filesIn,
  'a complaint of git': parseComplaint,
  'what git lists as changed': parseChanges,
  'two texts that are compared': (text) => [diffTexts(text, code), diffTexts(code, text)],
  'a template': (text) => compileTemplate(`{{ content }}${text}`, { known: [], optional: [] }, 'template'),
  'a skill of an agent': (text) => parseAgentSkill(`---\nname: a\n---\n${text}`, 'SKILL.md'),
  'a command of a model': readPlainLine,
  'a word that is nearly another': (text) => [nearest(text, ['a', 'read_file']), slipOf(text, ['a', 'read_file'])],
  'the width of a text': (text) => [displayWidth(text), clipWidth(text, 80)],
  'references that are pushed': parsePushed,
  'a command of an agent': (text) => gitCalls(`git commit ${text}`),
}

/** A reader that is given anything: what it refuses, it refuses in time. */
export function patient(read: (text: string) => unknown): (text: string) => Promise<void> {
  return async (text) => {
    try {
      await read(text)
    } catch {
      // Refused.
    }
  }
}
