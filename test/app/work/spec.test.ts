import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandIn } from '../../../src/app/work/criteria-list.ts'
import { parseSpec } from '../../../src/app/work/spec.ts'

const agentRuntime = join(import.meta.dirname, '..', '..', 'fixtures', 'specs', 'agent-runtime.md')

describe('a spec', () => {
  test('says its task, its files and what has to be true, as people write them for other tools', async () => {
    const spec = await parseSpec(readFileSync(agentRuntime, 'utf8'), 'spec.md')
    expect(spec).toMatchObject({
      title: 'Add ollama-rs agent runtime with tool calling',
      status: 'pending',
      targets: ['Cargo.toml', 'src/agent.rs', 'src/tools.rs', 'src/provider.rs'],
      checks: [],
      warnings: [],
    })
    expect(spec.task).toMatch(/^# Add ollama-rs[^]*OpenAI provider could also use this pattern in future$/)
    expect(spec.criteria.map(({ text, command }) => [text, command])).toEqual([
      ['`ollama-rs` added to Cargo.toml with function-calling feature', undefined],
      ['`src/tools.rs` created with read_file, write_file, run_command, list_files tools', undefined],
      ['`src/agent.rs` created with Coordinator-based agent loop', undefined],
      ['`OllamaProvider::invoke` uses ollama-rs Coordinator instead of raw HTTP', undefined],
      ['Tool executions are logged/visible during spec execution', undefined],
      ['`just check` passes', 'just check'],
      ['Manual test: `just chant work <spec-id>` with ollama executes tools and modifies files', undefined],
    ])
  })

  test('may be any text', async () => {
    const spec = await parseSpec('\n\nRename x to y.\n\nEverywhere.\n', 'a.md')
    expect(spec).toMatchObject({
      title: 'Rename x to y.',
      task: 'Rename x to y.\n\nEverywhere.',
      criteria: [],
      checks: [],
    })
  })

  test('has checks as a skill has them', async () => {
    const spec = await parseSpec(
      '---\nchecks:\n  - npm test\n  - { command: make lint, required: false }\n---\nDo it.',
      'a',
    )
    expect(spec.checks).toEqual([
      { name: 'npm test', command: 'npm test', required: true },
      { name: 'make lint', command: 'make lint', required: false },
    ])
  })

  test('of other tools names what means nothing here once', async () => {
    const spec = await parseSpec('---\nlabels: [x]\nowner: me\ntarget_files: src/a.ts\n---\nDo it.', 'a')
    expect(spec).toMatchObject({
      targets: ['src/a.ts'],
      warnings: ['the front matter\'s "labels", "owner" means nothing here'],
    })
  })

  test('that begins with a rule and a sentence has no front matter', async () => {
    expect((await parseSpec('---\nDo it.\n---\nNow.', 'a')).task).toBe('---\nDo it.\n---\nNow.')
    expect((await parseSpec('---\nDo it.', 'a')).task).toBe('---\nDo it.')
  })

  test.each([
    ['is empty', '\n\n'],
    ['is nothing but front matter', '---\nstatus: pending\n---\n\n'],
    ['has an alias', '---\na: &x [1]\nb: *x\n---\nDo it.'],
    ['has front matter of 10 MB', `---\nstatus: ${'x'.repeat(10_000_000)}\n---\nDo it.`],
    ['has front matter of 100 kB', `---\nstatus: ${'x'.repeat(100_000)}\n---\nDo it.`],
    ['has deep front matter', `---\na: ${'['.repeat(5000)}\n---\nDo it.`],
    ['has a check that is no command', '---\nchecks: [{ run: x }]\n---\nDo it.'],
    ['has checks that are a number', '---\nchecks: 4\n---\nDo it.'],
    ['has invisible front matter', '---\nmodel: a\u202eb\n---\nDo it.'],
  ])('is refused when it %s', async (_, text) => {
    await expect(parseSpec(text, 'spec.md')).rejects.toMatchObject({
      code: 'usage',
      hint: expect.any(String) as string,
    })
  })
})

describe('criteria', () => {
  const criteriaOf = async (text: string) =>
    (await parseSpec(text, 'a')).criteria.map((one) => `${one.line}${one.hasBox ? '*' : ''} ${one.text}`)

  test.each([
    [
      'Acceptance criteria',
      '# T\n## Acceptance criteria:\n- [ ] a\n* [x] b\n1. [ ] c\n## Notes\n- [ ] d',
      ['2* a', '3* b', '4* c'],
    ],
    ['a heading below a line', 'T\n===\nCriteria\n---\n- [ ] a\n\nOther\n---\n- [ ] b', ['4* a']],
    ['a smaller heading goes on', '# Done when\n- [ ] a\n## More\n- [ ] b\n# Notes\n- [ ] c', ['1* a', '3* b']],
    ['several lines', '# Done when\n- [ ] a\n  and b\n  - c\n\n- [ ] d', ['1* a and b c', '5* d']],
    ['items in items', '# Done when\n- [ ] a\n  - [ ] b', ['1* a', '2* b']],
    ['no boxes', '# Done when\n- a\n  - b\n- c', ['1 a', '3 c']],
    ['code is no list', '# Done when\n```\n- [ ] a\n```\n- [ ] b', ['4* b']],
    ['an empty box', '# Done when\n- [ ]\n- [ ] b', ['2* b']],
    ['steps are none', '# Implementation\n- [ ] a', []],
    ['Windows', '# Done when\r\n- [ ] a\r\n', ['1* a']],
  ])('%s', async (_, text, expected) => {
    expect(await criteriaOf(text)).toEqual(expected)
  })

  test('one with a tick is known as such', async () => {
    const { criteria } = await parseSpec('# Done when\n- [ ] a\n- [x] b\n- [X] c\n', 'a')
    expect(criteria.map(({ isTicked }) => isTicked)).toEqual([false, true, true])
    const bare = await parseSpec('# Done when\n- a\n', 'a')
    expect(bare.criteria[0]?.isTicked).toBe(false)
  })

  test.each([
    ['`npm test` passes', 'npm test'],
    ['`cargo test --all` succeeds.', 'cargo test --all'],
    ['`pytest` passes', 'pytest'],
    ['`./check.sh` exits with 0', './check.sh'],
    ['`npm run lint` passes without warnings', 'npm run lint'],
    ['`make` is green', 'make'],
    // A name in the code, a file, or more than a command.
    ['`parseTotal` passes', undefined],
    ['`cart.test.js` passes', undefined],
    ['`total()` passes', undefined],
    ['`npm test` passes on Windows', undefined],
    ['`a b` passes `c d`', undefined],
    ['Manual test: `npm start` passes', undefined],
    ['npm test passes', undefined],
    ['`npm test`', undefined],
  ])('the command of %s is %s', (text, command) => {
    expect(commandIn(text)).toBe(command)
  })
})
