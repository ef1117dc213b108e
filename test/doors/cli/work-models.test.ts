import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../../src/report/report.ts'
import { edit, shop } from '../../app/work/project.ts'
import type { ChatBody } from '../../scripted-ollama/chat-body.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import type { ScriptedReply } from '../../scripted-ollama/reply.ts'
import { type Files, createFolder, createRepository } from '../../workspace.ts'
import { hasSandbox } from '../../workspace/sandbox/found.ts'
import { localBrain } from './local-brain.ts'
import { ollama, reportOf } from './ollama.ts'

type Turn = (request: ChatBody) => ScriptedReply

/** One reply after the other in each round; the last of them from then on. */
function inTurn(...replies: ScriptedReply[]): Turn {
  return ({ messages }) => {
    const turn = messages.filter(({ role }) => role === 'assistant').length
    return replies[Math.min(turn, replies.length - 1)] ?? reply.text('Done.')
  }
}

const call = (name: string, args: Record<string, unknown> = {}) => reply.calls({ name, arguments: args })
const change = (path: string, old: string, now: string) => reply.calls(edit(path, old, now))
const create = (path: string, content: string) => call('write_file', { path, content })
const run = (line: string) => call('run_command', { command: line })
const done = reply.text('All is done, and every test passes.')

type Task = { files?: Files; spec?: string; checks?: string[]; args?: string[] }

/** The report of the built program; its exit code is that of the process, and the person's files are as they were. */
async function carryOut(model: Turn, { files = shop, spec, checks = [], args = [] }: Task = {}): Promise<Report> {
  const before = spec === undefined ? files : { ...files, 'fix.md': spec }
  const top = createRepository(before)
  const server = await ollama(model, { models: [{ name: 'any', capabilities: ['completion', 'tools', 'thinking'] }] })
  const named = checks.flatMap((check) => ['--check', check])
  const all = ['work', 'fix.md', '--allow', 'run', '--format', 'json', ...named, ...args]
  const ended = await localBrain(all, { cwd: top, host: server.url, env: { HOME: createFolder() } })
  const report = reportOf(ended)
  expect(ended.code).toBe(report.exitCode)
  expect(server.violations).toEqual([])
  for (const [path, text] of Object.entries(before)) expect(readFileSync(join(top, path), 'utf8')).toBe(text)
  return report
}

describe.skipIf(!hasSandbox)('tasks that a model can do', () => {
  test('a function that is new, with its tests', async () => {
    const report = await carryOut(
      inTurn(
        change('cart.js', 'exports.total', 'exports.count = (prices) => prices.length\nexports.total'),
        create('count.test.sh', "grep -q 'exports.count' cart.js\n"),
        done,
      ),
      {
        files: { ...shop, 'test.sh': 'for file in *.test.sh; do bash "$file" || exit 1; done\n' },
        spec: '# Add count()\n\n## Done when\n\n- [ ] `bash test.sh` passes\n',
      },
    )
    expect(report).toMatchObject({
      exitCode: 0,
      criteria: [{ text: '`bash test.sh` passes', state: 'met', check: 'bash test.sh', quote: null }],
    })
    expect(report.answer).toMatch(/^Verdict: done \(1 check failed before and holds now; 1 of 1 criterion\)/)
  })

  test('a name that is changed in every file, where nothing was broken before', async () => {
    const report = await carryOut(
      inTurn(
        reply.calls(
          edit('shop.py', 'price_of', 'price'),
          edit('main.py', 'from shop import price_of', 'from shop import price'),
        ),
        change('main.py', 'print(price_of(1))', 'print(price(1))'),
        done,
      ),
      {
        files: {
          'shop.py': 'def price_of(x):\n    return x\n',
          'main.py': 'from shop import price_of\nprint(price_of(1))\n',
        },
        spec: 'Rename price_of to price.',
        checks: ['! grep -rn "price_of" --include=*.py . && python3 -c "import shop"', 'python3 main.py'],
      },
    )
    expect(report).toMatchObject({ exitCode: 0, checks: [{ before: 'failed' }, { before: 'ok' }], changes: [{}, {}] })
    expect(report.answer).toBe('Verdict: done (1 check failed before and holds now; 1 check held before and holds now)')
  })

  test('tests that were missing', async () => {
    const check =
      "ls tests/*.test.sh >/dev/null 2>&1 || { echo 'no tests found'; exit 0; }; for t in tests/*; do bash $t; done"
    const report = await carryOut(inTurn(create('tests/a.test.sh', "grep -q total cart.js && echo '1 test'\n"), done), {
      spec: 'Write a test for cart.js below tests/.',
      checks: [check],
    })
    expect(report).toMatchObject({ exitCode: 0, checks: [{ before: 'empty', after: 'ok' }] })
  })

  test('several files of another tool’s spec, once a person ticked what only they can see', async () => {
    const fixture = readFileSync(join(import.meta.dirname, '../../fixtures/specs/agent-runtime.md'), 'utf8')
    const spec = fixture.replace('`just check` passes', '`bash check.sh` passes')
    const files = {
      'Cargo.toml': '[package]\nname = "chant"\n\n[dependencies]\n',
      'src/provider.rs': 'fn invoke() {\n    todo!()\n}\n',
      'check.sh': 'grep -q coordinator src/agent.rs && grep -q block_on src/provider.rs\n',
    }
    const open = await carryOut(ofRuntime, { files, spec })
    expect(open).toMatchObject({ exitCode: 1, verified: true })
    expect(open.criteria?.filter(({ state }) => state === 'open')).toMatchObject([
      { text: expect.stringMatching(/^Manual test/) as string },
    ])
    const ticked = spec.replace('- [ ] Manual test', '- [x] Manual test')
    const ended = await carryOut(ofRuntime, { files, spec: ticked })
    expect(ended.exitCode).toBe(0)
    expect(ended.answer).toMatch(
      /^Verdict: done \(1 check failed before and holds now; 7 of 7 criteria; 5 judged by the model\)\n/,
    )
    expect(ended.answer).toMatch(/\n- held: Manual test: .* \(ticked in the spec\)/)
    expect(ended.criteria?.[2]?.quote).toBe(runtime['src/agent.rs'])
    expect(ended.changes?.map(({ outsideTargets }) => outsideTargets)).toEqual([false, false, false, false])
  })
})

/** What a model writes of the fixture, by file, and the line of each that shows it. */
const runtime: Record<string, string> = {
  'Cargo.toml': 'ollama-rs = { version = "0.3", features = ["function-calling"] }',
  'src/tools.rs': 'pub fn read_file(path: String) -> String { log(&path); std::fs::read_to_string(&path).unwrap() }',
  'src/agent.rs': 'let mut coordinator = Coordinator::new(ollama, model.to_string());',
  'src/provider.rs': 'rt.block_on(crate::agent::run_agent(&self.endpoint, model, message, callback))',
}
const about: Record<string, string> = { OllamaProvider: 'src/provider.rs', 'Tool executions': 'src/tools.rs' }

/** Writes all of it, and of each criterion names the line that shows it. */
const ofRuntime: Turn = (request) => {
  const [, statement = ''] = /Statement: (.*)$/s.exec(request.messages.at(-1)?.content ?? '') ?? []
  const [, path] = Object.entries(about).find(([words]) => statement.includes(words)) ?? []
  const quote = runtime[path ?? Object.keys(runtime).find((name) => statement.includes(name)) ?? '']
  if (request.format !== undefined) return reply.json({ quote: quote ?? '', shown: quote !== undefined })
  const text = (name: string) => runtime[name] ?? ''
  const make = (name: string) => ({ name: 'write_file', arguments: { path: name, content: `${text(name)}\n` } })
  const edits = [
    edit('Cargo.toml', '[dependencies]', `[dependencies]\n${text('Cargo.toml')}`),
    edit('src/provider.rs', 'todo!()', text('src/provider.rs')),
  ]
  return inTurn(reply.calls(make('src/tools.rs'), make('src/agent.rs'), ...edits), done)(request)
}

const unchanged = { exitCode: 4, stop: 'stuck', changes: [], verified: true }
const again = { exitCode: 4, stop: 'stuck', rounds: 2 }
const wrong = change('cart.js', 'sum - price', 'sum * price')
const back = change('cart.js', 'sum * price', 'sum - price')
const withTest = {
  'cart.test.js':
    "require('node:test')('adds up', () => require('node:assert').equal(require('./cart.js').total([1, 2]), 3))\n",
}

/** Each of these is what a small model does on some day; the work that it does besides is never enough. */
const bad: [name: string, model: Turn, expected: object, task?: Task][] = [
  ['claims that all is done', () => done, unchanged],
  ['only reads', inTurn(call('read_file', { path: 'cart.js' }), done), unchanged],
  ['changes another file', inTurn(create('other.js', 'x\n'), done), again],
  ['deletes the test', inTurn(call('delete_file', { path: 'test.sh' }), done), again],
  [
    'makes the same call for ever',
    ({ tools }) => (tools?.length ? call('read_file', { path: 'cart.js' }) : reply.text('I looked.')),
    unchanged,
  ],
  ['edits back and forth', inTurn(wrong, back, wrong, back, done), unchanged],
  ['is cut off', () => reply.cut('I will'), unchanged],
  ['is cut off in its calls', () => reply.cut(), unchanged],
  ['writes its calls as text', () => reply.text('<tool>edit_file cart.js</tool>'), unchanged],
  ['calls with wrong arguments', inTurn(call('edit_file', { file: 3 }), call('edit'), done), unchanged],
  ['edits what is not there', inTurn(change('cart.js', 'sum-price', 'sum+price'), done), unchanged],
  [
    'thinks without end',
    ({ think }) => [...(think ? reply.thinking('Let me think. '.repeat(50)) : []), ...reply.cut()],
    unchanged,
    { args: ['--think', 'high'] },
  ],
  ['stops early', inTurn(wrong, reply.text('The rest is easy.')), again],
  [
    'weakens the check',
    inTurn(call('read_file', { path: 'test.sh' }), create('test.sh', 'exit 0\n'), done),
    { exitCode: 4, changes: [{ path: 'test.sh', weakens: true }] },
  ],
  [
    'has the test skipped',
    inTurn(change('cart.test.js', "test')('adds up'", "test').skip('adds up'"), done),
    { exitCode: 4, checks: [{ after: 'failed' }], changes: [{ path: 'cart.test.js', weakens: true }] },
    { files: { ...shop, ...withTest }, spec: '---\nchecks: [node --test]\n---\n# Fix the total\n' },
  ],
  [
    'gets the check by a command',
    inTurn(run('echo exit 0 > test.sh; rm Makefile'), done),
    { exitCode: 4, checks: [{ after: 'failed', exitCode: 1 }] },
  ],
  [
    'puts a new makefile before the one that the check is in',
    inTurn(run("printf 'test:\\n\\ttrue\\n' > GNUmakefile"), done),
    { exitCode: 4, checks: [{ after: 'failed' }], changes: [{ path: 'GNUmakefile', weakens: true }] },
    { spec: '---\nchecks: [make test]\n---\n# Fix the total\n' },
  ],
  [
    'changes what the spec says',
    inTurn(run("sed -i 's/bash test.sh/true/' fix.md"), done),
    { exitCode: 4, checks: [{ command: 'bash test.sh', after: 'failed' }] },
  ],
]

describe.skipIf(!hasSandbox)('a model that behaves badly', () => {
  test.each(bad)('%s, and the verdict is true', async (_, model, expected, task = {}) => {
    const report = await carryOut(model, { ...task, args: ['--max-turns', '6', ...(task.args ?? [])] })
    expect(report).toMatchObject(expected)
    expect(report.answer).toMatch(/^Verdict: stuck, [^]* \(1 check fails\)$/)
  })

  test('changes something else in every round: the rounds are used up', async () => {
    let made = 0
    const model = ({ messages }: ChatBody) =>
      messages.at(-1)?.role === 'tool' ? done : create(`${(made += 1)}.js`, 'x\n')
    const report = await carryOut(model, { args: ['--rounds', '2'] })
    expect(report).toMatchObject({ exitCode: 1, rounds: 2, stop: 'answered', changes: [{}, {}] })
    expect(report.answer).toBe('Verdict: not done (1 check fails)')
  })
})
