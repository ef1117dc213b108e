import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

const message = 'feat: add a cache of entries\n\nThey expire while a laptop sleeps.'

/** What `local-brain -s commit-message` prints when the model says this. */
async function written(text: string, args: string[] = []) {
  const { root, git } = repository({ 'cache.ts': 'export const entries = 1\n' })
  writeFileSync(join(root, 'cache.ts'), 'export const entries = 2 // see #4\n')
  git('add', '-A')
  const server = await ollama(() => reply.text(...text.split(/(?<= )/)))
  const run = await localBrain(['-s', 'commit-message', '--git-diff', ...args], { cwd: root, host: server.url })
  expect(run.code).toBe(0)
  return run.stdout
}

test.each([
  ['in a fence', `\`\`\`\n${message}\n\`\`\``],
  ['in a fence between remarks', `Here is the commit message:\n\n\`\`\`text\n${message}\n\`\`\`\n\nI hope it helps.`],
  ['with an end mark', `${message}</s>`],
  ['with thoughts and a turn of another', `<thought>Hm.</thought>${message}<|im_end|>\n<|im_start|>user\nThanks`],
  ['with an invented ticket', message.replace('\n', ' (closes #12)\n')],
  ['with an invented footer', `${message}\n\nRefs: XYZ-9`],
  ['with a second message', `${message}\n\nfix: load the cache`],
  [
    'as the fields of the hook',
    JSON.stringify({
      type: 'feat',
      scope: 'none',
      subject: 'add a cache of entries (#12)',
      why: 'They expire while a laptop sleeps.',
    }),
  ],
  ['as JSON in a fence', `\`\`\`json\n${JSON.stringify({ message })}\n\`\`\``],
  [
    'as a title and a description',
    JSON.stringify(
      { title: 'feat: add a cache of entries', description: 'They expire while a laptop sleeps.' },
      null,
      2,
    ),
  ],
  ['with line breaks in letters', message.replaceAll('\n', '\\n')],
])('the skill gives the message alone: %s', async (_, text) => {
  expect(await written(text)).toBe(`${message}\n`)
})

test.each([
  'encode entries as UTF-8',
  'feat(cache)!: hash entries with SHA-256',
  'add a cache of entries (#4)',
  'add {"message": "x"} to the samples',
  'fix: keep `</s>` in entries\n\nBREAKING CHANGE: they were cut',
])('%j is printed as it is', async (text) => {
  expect(await written(text)).toBe(`${text}\n`)
})

test('a ticket that the author names is none that was invented', async () => {
  const text = 'add a cache of entries (closes #12)'
  expect(await written(text, ['it is for #12'])).toBe(`${text}\n`)
})

test('the report has the message as it is printed', async () => {
  const json = await written(`\`\`\`\n${message} (#12)\n\`\`\``, ['--format', 'json'])
  expect(JSON.parse(json)).toMatchObject({ answer: message, stop: 'answered' })
})

test('what looks like Markdown is printed as it was written, on standard output and into a file', async () => {
  const text = 'fix: return List<User> from *getUsers*\n\n![x](https://example.org/a.png) is __init__ again.'
  const { root, write, git } = repository({ 'a.ts': 'export const a = 1\n' })
  write('a.ts', 'export const a = 2\n')
  write('logo.png', Buffer.from([0x89, 0x50, 0, 1]))
  git('add', '-A')
  const server = await ollama(() => reply.text(text))
  const args = ['-s', 'commit-message', '--git-diff']
  const run = await localBrain(args, { cwd: root, host: server.url })
  // What was left out is said, but not where a program takes the message from.
  const left = 'Scope: the staged changes. Reviewed: 1 file, 1 part. Not reviewed: logo.png (binary)\n'
  expect(run).toMatchObject({ code: 0, stdout: `${text}\n`, stderr: left })
  const toFile = await localBrain([...args, '-o', 'message'], { cwd: root, host: server.url })
  expect(toFile).toMatchObject({ code: 0, stdout: '', stderr: left })
  expect(readFileSync(join(root, 'message'), 'utf8')).toBe(`${text}\n`)
  const compact = await localBrain([...args, '--format', 'compact'], { cwd: root, host: server.url })
  expect(compact.stdout).toContain(`\n${text}\nnot reviewed: logo.png (binary)\n`)
})

test('what cannot be seen in it is made visible', async () => {
  const shown = await written('fix: add \u001b[31mred\u001b[0m and a\u202eb')
  // oxlint-disable-next-line no-control-regex
  expect(shown).not.toMatch(/[\u001b\u202e]/)
  expect(shown).toContain('red')
})

test('without a change standard output has no line that could be taken for a message', async () => {
  const { root } = repository({ 'a.ts': 'export const a = 1\n' })
  const run = await localBrain(['-s', 'commit-message', '--git-diff'], { cwd: root })
  expect(run).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^warning: .+\n$/) as string })
})
