import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Finding } from '../../src/tasks/findings/finding.ts'
import { github } from '../../src/report/github.ts'
import { finding } from '../tasks/findings/unit.ts'
import { harmful, hostile, reportOf } from './report.ts'

type Command = { command: string; properties: Record<string, string>; data: string }

/** As the runner of GitHub Actions reads a line (src/Runner.Common/ActionCommand.cs, both forms). */
function readLine(line: string): Command | string {
  const text = line.trimStart()
  const end = text.startsWith('::') ? text.indexOf('::', 2) : -1
  if (end < 0) return line.includes('##[') ? { command: 'old form', properties: {}, data: line } : line
  const head = text.slice(2, end)
  const data = text.slice(end + 2)
  const space = head.indexOf(' ')
  const command = space < 0 ? head : head.slice(0, space)
  const pairs = space < 0 ? [] : head.slice(space + 1).split(',')
  const properties = Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at).trim(), unescape(pair.slice(at + 1), true)]
    }),
  )
  return { command, properties, data: unescape(data, false) }
}

function unescape(text: string, property: boolean): string {
  const plain = text.replaceAll('%0D', '\r').replaceAll('%0A', '\n')
  return (property ? plain.replaceAll('%3A', ':').replaceAll('%2C', ',') : plain).replaceAll('%25', '%')
}

const read = (findings: Finding[]) => github(reportOf({ findings })).trimEnd().split('\n').map(readLine)

test('a finding is an annotation at its lines, and the last line says what was reviewed', () => {
  expect(read([finding({ severity: 'high', endLine: 4 })])).toEqual([
    {
      command: 'error',
      properties: { file: 'src/a.ts', line: '3', endLine: '4', title: '`user` may be null (bug/null-path)' },
      data: 'The function reads a name from nothing.\nWhen: a user who was deleted\nLine: return user.name',
    },
    'local-brain: Scope: the staged changes. Reviewed: 1 file, 1 part. Not reviewed: nothing',
  ])
})

test('the gravest come first, and what GitHub would drop stands in the log', () => {
  const many = Array.from({ length: 12 }, (_, index) => finding({ startLine: index + 1, title: `number ${index + 1}` }))
  const lines = read([...many, finding({ severity: 'critical' })])
  expect(lines[0]).toMatchObject({ command: 'error' })
  expect(lines.filter((line) => typeof line !== 'string')).toHaveLength(11)
  expect(lines.slice(11)).toEqual([
    'local-brain: 2 more than GitHub shows as annotations:',
    'local-brain: medium src/a.ts:11 number 11',
    'local-brain: medium src/a.ts:12 number 12',
    'local-brain: Scope: the staged changes. Reviewed: 1 file, 1 part. Not reviewed: nothing',
  ])
})

test.each(['a, b: 100%0A', '%2C%253A', ' leading', 'x=y,title=z'])('%j reaches the person as it is', (text) => {
  const [command] = read([finding({ title: text, path: text, message: text, trigger: '', quote: '' })])
  expect(command).toMatchObject({ properties: { title: `${text} (bug/null-path)`, file: text }, data: text })
})

const fields = (text: string) => ({
  path: text,
  title: text,
  message: text,
  trigger: text,
  quote: text,
  suggestion: text,
})

test('no text becomes a command of its own', () => {
  const twelve = Array.from({ length: 12 }, () => finding(fields(hostile)))
  const report = reportOf({ findings: twelve, notReviewed: [{ path: hostile, reason: hostile, gap: true }] })
  const text = github(report)
  expect(text).not.toMatch(harmful)
  const lines = text.trimEnd().split('\n').map(readLine)
  expect(lines.map((line) => (typeof line === 'string' ? 'text' : line.command))).toEqual([
    ...Array.from({ length: 10 }, () => 'warning'),
    ...Array.from({ length: 4 }, () => 'text'),
  ])
})

test('whatever the texts are, one finding is one command', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('::', '\n', '\r', '##[', '%0A', ',', ':', '='),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const lines = read([finding(fields(pieces.join('')))])
      expect(lines).toHaveLength(2)
      expect(lines[0]).toMatchObject({ command: 'warning', properties: { line: '3' } })
      expect(lines[1]).toBeTypeOf('string')
    }),
  )
})
