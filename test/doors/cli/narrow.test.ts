import { describe, expect, test } from 'vitest'
import { displayWidth } from '../../../src/text/width.ts'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { rawFinding } from '../../tasks/findings/unit.ts'
import { repository, temporaryFolder } from '../../workspace-fixture.ts'
import { ollama } from './ollama.ts'
import { hasTerminal, onTerminal, textOf } from './terminal.ts'

const finding = rawFinding({ quote: 'return sum(list) / 1', suggestion: 'return sum(list) / list.length' })
const answers = ({ format }: ChatBody) =>
  JSON.stringify(format).includes('verdict')
    ? reply.json({ reason: 'so it is', verdict: 'real' })
    : reply.json({ analysis: 'x', findings: [finding] })

const project = {
  'mean.js': 'export function mean(list) {\n  return sum(list) / 1\n}\n',
  '.local-brain/skills/notes.yaml': `name: notes
description: Writes what has changed since a tag as notes for people who use the program and do not read its code
user_prompt_template: "{{ content }}"
tools: [read_file, search_code, list_directory]
`,
}

/** What people do in a project, and a word that shows that it was done. */
const steps: [args: string[], shows: RegExp][] = [
  [['hook', 'install', 'pre-commit', '--fail-on', 'high'], /pre-commit hook installed:/],
  [['hook', 'status'], /installed \(--fail-on high\).*not in memory: hooks wait for it with --load/],
  [['trust'], /trusted until a byte of it changes/],
  [['skills'], /In this repository, trusted notes/],
  [['skills', 'check', '.local-brain/skills'], /notes/],
  [['-s', 'code-review', '-f', 'mean.js', '--no-verify-findings', '--fix'], /an empty list divides by zero/],
  [['changes'], /proposed/],
  [['changes', 'show'], /list\.length/],
  [['apply'], /Take back: local-brain undo/],
  [['undo'], /Take that back: local-brain undo/],
  [['baseline'], /1 in all/],
  [['runs'], /code-review/],
  [['runs', 'clear'], /removed 1 report/],
  [['config', 'set', 'model', 'scripted'], /(?:)/],
  [['config'], /model: scripted/],
  [['trust', '--revoke'], /No longer trusted: notes/],
]

describe.skipIf(!hasTerminal).each([40, 80, 120])('on a terminal of %d columns', (columns) => {
  test('what is said about hooks, skills, changes and reports is broken between words', async () => {
    const { root } = repository(project)
    const server = await ollama(answers)
    const HOME = temporaryFolder().root
    for (const [args, shows] of steps) {
      const shown = await onTerminal(args, root, server.url, { columns, env: { HOME, NO_COLOR: '1' } }).ended
      const text = textOf(shown)
      expect(text.replaceAll(/\s+/g, ' ')).toMatch(shows)
      // Lines of a file are as they are.
      const isWords = (line: string) => !/^[ +-] {2}|^[+-]{3} |^diff /.test(line)
      const wide = text.split('\n').filter((line) => displayWidth(line) > columns && isWords(line))
      expect({ args, wide }).toEqual({ args, wide: [] })
    }
  })
})
