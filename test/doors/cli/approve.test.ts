import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Question } from '../../../src/core/permission.ts'
import { type Approval, createApproval } from '../../../src/doors/cli/approve.ts'
import { createPaint } from '../../../src/doors/cli/terminal.ts'

/** A terminal: what is typed after each time that it waits, and what stands on it. */
function terminal(...typed: string[]) {
  const input = new PassThrough()
  const output = new PassThrough()
  const written: string[] = []
  let paused = 0
  output.on('data', (chunk: Buffer) => {
    written.push(chunk.toString())
    if (!/\(n\) $|why not: $/.test(chunk.toString())) return
    const line = typed.shift()
    if (line === undefined) input.end()
    else input.write(`${line}\n`)
  })
  const pause = () => void (paused += 1)
  const resume = () => void (paused -= 1)
  const approval: Approval = createApproval({ input, output, paint: createPaint(false), pause, resume })
  return { approval, shown: () => written.join(''), paused: () => paused, output }
}

const question = (more: Partial<Question> = {}): Question => ({
  call: { id: '1', name: 'edit_file', arguments: { path: 'src/cart.ts' }, recovered: false },
  access: 'write',
  preview: '@@ -1,1 +1,1 @@\n-const from = 50\n+const from = 50_00',
  ...more,
})
const { signal } = new AbortController()

test('a person sees exactly what will happen, and what can be answered', async () => {
  const { approval, shown, paused } = terminal('y')
  expect(await approval.approve(question(), signal)).toBe('yes')
  expect(shown()).toBe(
    'edit_file src/cart.ts\n @@ -1,1 +1,1 @@\n -const from = 50\n +const from = 50_00\n[y]es  [a]lways in this session  [n]o  [d]iff  [e]xplain why not  [q]uit  (n) ',
  )
  expect(paused()).toBe(0)
})

test.each<[string, string[], unknown]>([
  ['y is yes', ['y'], 'yes'],
  ['a is always', ['a'], 'always'],
  ['n is no', ['n'], 'no'],
  ['enter alone is no', [''], 'no'],
  ['q stops', ['q'], 'quit'],
  ['e takes a sentence', ['e', 'use a table'], { no: 'use a table' }],
  ['anything else is asked again', ['maybe', 'yes please', 'Y'], 'yes'],
  ['an input that ends is no', [], 'no'],
])('%s', async (_, typed, expected) => {
  expect(await terminal(...typed).approval.approve(question(), signal)).toEqual(expected)
})

test('a long diff is shown in part, and whole when asked for', async () => {
  const preview = Array.from({ length: 60 }, (_, at) => `+line ${at + 1}`).join('\n')
  const { approval, shown } = terminal('d', 'n')
  await approval.approve(question({ preview }), signal)
  const [first = '', second = ''] = shown().split('(n) ')
  expect(first).toContain(' +line 40\n (20 more lines: d shows them)\n[y]es')
  expect(first).not.toContain('line 41')
  expect(second).toContain(' +line 60\n[y]es')
})

test('what is sensitive is said, and there is no always for it', async () => {
  const { approval, shown } = terminal('a', 'y')
  expect(await approval.approve(question({ sensitive: 'GitHub runs it' }), signal)).toBe('yes')
  expect(shown()).toContain('! GitHub runs it, so it is asked about whatever is allowed\n[y]es  [n]o  [d]iff')
})

test('a command of plain words may be allowed by how it begins', async () => {
  const call = { id: '1', name: 'run_command', arguments: { command: 'npm test -- cart' }, recovered: false }
  const { approval, shown } = terminal('A')
  expect(await approval.approve(question({ call, access: 'run' }), signal)).toBe('always-like')
  expect(shown()).toContain('[y]es  [a]lways this command  [A]lways "npm test …"  [n]o')
  const other = terminal('A')
  const odd = { ...call, arguments: { command: 'npm test; rm x' } }
  expect(await other.approval.approve(question({ call: odd, access: 'run' }), signal)).toBe('always')
})

test('on a narrow terminal the words below a command are broken between words, and the command is as it is', async () => {
  const { approval, shown, output } = terminal('n')
  Object.assign(output, { columns: 40 })
  const command = `in  a · ${'echo  '.repeat(9)}`
  const call = { id: '1', name: 'run_command', arguments: { command }, recovered: false }
  const preview = `${command}\nin . · bubblewrap 0.8.0: no network · up to 120 s`
  await approval.approve(question({ call, access: 'run', preview, sensitive: 'something runs it by itself' }), signal)
  expect(shown()).toContain(
    `\n ${command}\n in . · bubblewrap 0.8.0: no network ·\n up to 120 s\n! something runs it by itself, so it is\n  asked about whatever is allowed\n`,
  )
})

test('nothing in a change steers the terminal', async () => {
  const { approval, shown } = terminal('n')
  const call = { ...question().call, name: 'edit\u001b[2J', arguments: { path: 'a\u001b]52;c;eA==\u0007\n\u202eb' } }
  await approval.approve(question({ call, preview: '+\u001b[2K\u202eevil\r-hidden' }), signal)
  expect(shown()).not.toMatch(/[\u001b\u0007\r\u202e]/)
  expect(shown()).toContain('\\u{1b}[2K\\u{202e}evil')
})

describe('an end from outside', () => {
  test('rejects with its reason, and the terminal goes on', async () => {
    const { approval, paused, output } = terminal()
    const stop = new AbortController()
    output.removeAllListeners('data')
    const answer = approval.approve(question(), stop.signal)
    const reason = new Error('Interrupted')
    setImmediate(() => stop.abort(reason))
    await expect(answer).rejects.toBe(reason)
    expect(paused()).toBe(0)
  })
})

test('two questions at once are asked one after the other', async () => {
  const { approval, shown } = terminal('y', 'n')
  const answers = await Promise.all([approval.approve(question(), signal), approval.approve(question(), signal)])
  expect(answers).toEqual(['yes', 'no'])
  expect(shown().split('(n) ')).toHaveLength(3)
})
