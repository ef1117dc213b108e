import { knownTools } from '../../../src/tools/specs.built.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LocalBrainError } from '../../../src/errors.ts'
import { createReviewCache } from '../../../src/tasks/findings/cache.ts'
import { reviewFormat } from '../../../src/tasks/findings/review-format.built.ts'
import { reviewReplySchema } from '../../../src/tasks/findings/reply.ts'
import { reviewJob } from '../../../src/tasks/findings/review.ts'
import type { JobResult, TaskContext } from '../../../src/tasks/task.ts'
import { readOnly } from '../../../src/core/permission.ts'
import { selectTools } from '../../../src/tools/index.ts'
import { loadSkill } from '../../../src/skills/load.ts'
import type { Unit } from '../../../src/input/unit.ts'
import { openWorkspace } from '../../../src/workspace/open.ts'
import { type Line, scriptedModel } from '../../scripted-model.ts'
import { createFolder, environment } from '../../workspace.ts'
import { fileUnit, rawFinding } from './unit.ts'

const source = `export function mean(list) {
  const total = list.reduce((a, b) => a + b, 0)
  const count = list.length
  return total / count
}

export function first(list) {
  return list[0].name
}

export function last(list) {
  return list[list.length].name
}

export function all(list) {
  return list.map((entry) => entry.name).slice(1)
}
`

const unit = fileUnit(source)
const skill = await loadSkill({
  file: 'skills/code-review/skill.yaml',
  origin: 'built-in',
  tools: knownTools,
})

const replyOf = (...findings: unknown[]) => JSON.stringify({ analysis: 'short', findings })

type Changes = Partial<TaskContext> & { work?: Unit }

async function review(lines: Line[], changes: Changes = {}) {
  const { work = unit, ...change } = changes
  const root = createFolder({ 'src/a.ts': source })
  const workspace = await openWorkspace({ root, view: 'worktree', environment })
  const model = scriptedModel(lines)
  const context: TaskContext = {
    skill,
    tools: [],
    permit: readOnly,
    model,
    workspace,
    signal: new AbortController().signal,
    emit: () => undefined,
    answerBy: () => Number.POSITIVE_INFINITY,
    turns: 10,
    verify: false,
    options: {},
    reviews: createReviewCache(createFolder()),
    ...change,
  }
  const job = { units: [work], messages: async () => [{ role: 'user' as const, content: work.text }] }
  const reviewed = await reviewJob(job, { ...context, format: reviewFormat })
  return { ...reviewed, requests: model.requests }
}

function accounted({ review: found }: JobResult): number {
  if (found === undefined) throw new Error('the unit was not reviewed')
  return found.findings.length + Object.values(found.dropped).reduce((sum, count) => sum + count, 0)
}

test('a finding stands at the line of its quote, and says that nobody looked twice', async () => {
  const reviewed = await review([replyOf(rawFinding({ severity: 'critical' }))])
  expect(reviewed.review?.findings).toMatchObject([
    { startLine: 4, quote: '  return total / count', severity: 'medium', verified: false, confidence: 'low' },
  ])
})

describe('of a reply full of rubbish only what stands in the input survives, and every entry is counted', () => {
  const invented = (index: number) => rawFinding({ quote: `await database.query(${index})` })
  test.each<[string, unknown[], number]>([
    ['invented quotes', Array.from({ length: 20 }, (_, index) => invented(index)), 0],
    ['a true one among 500 invented', [...Array.from({ length: 499 }, (_, index) => invented(index)), rawFinding()], 1],
    ['500 times the same', Array.from({ length: 500 }, () => rawFinding()), 1],
    ['an unknown kind of defect', [rawFinding({ defect: 'style' }), rawFinding()], 2],
    ['an unknown severity', [{ ...rawFinding(), severity: 'BLOCKER' }, rawFinding()], 1],
    ['entries of another shape', ['a remark', null, 7, [], { quote: 'return total / count' }, rawFinding()], 2],
    ['a line number instead of a quote', [rawFinding({ quote: '99999' }), { ...rawFinding(), line: 99999 }], 1],
    ['only brackets', [rawFinding({ quote: '}' }), rawFinding({ quote: '' })], 0],
    [
      'more true ones than anybody reads',
      ['return total / count', 'return list[0].name', 'return list[list.length].name', 'const count = list.length'].map(
        (quote) => rawFinding({ quote }),
      ),
      3,
    ],
  ])('%s', async (_, findings, survivors) => {
    const reviewed = await review([replyOf(...findings)])
    expect(reviewed.review?.findings).toHaveLength(survivors)
    expect(accounted(reviewed)).toBe(findings.length)
  })

  test('whatever the entries are', async () => {
    const isReadable = (entry: unknown) => reviewReplySchema.safeParse({ analysis: '', findings: [entry] }).success
    const entry = fc.oneof(
      fc.constant(rawFinding()),
      fc.record({ quote: fc.string(), defect: fc.string(), severity: fc.constantFrom('high', 'blocker', 3) }),
      fc.string({ unit: 'binary', maxLength: 60 }).map((quote) => rawFinding({ quote })),
      fc.jsonValue(),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 20 }), async (entries) => {
        // A reply of which nothing can be read is asked for once more, and then it is none.
        const reviewed = await review([replyOf(...entries), replyOf(...entries)])
        if (reviewed.stop === 'unusable') expect(entries.some(isReadable)).toBe(false)
        else expect(accounted(reviewed)).toBe(entries.length)
        for (const { quote } of reviewed.review?.findings ?? []) expect(source).toContain(quote)
      }),
      { numRuns: 30 },
    )
  })
})

test('prose is asked about once more, and then the unit was not reviewed', async () => {
  const reviewed = await review(['Looks good to me!', 'As I said: it is fine.'])
  expect(reviewed).toMatchObject({ stop: 'unusable', problem: 'no usable reply: it is not JSON', turns: 2 })
  expect(reviewed.review).toBeUndefined()
})

test.each([
  ['an entry without its fields', [{ severity: 'high' }]],
  ['entries that are words', ['it divides by zero']],
  ['quotes that nobody filled in', [{ ...rawFinding(), quote: '...' }]],
])('findings of which none can be read are no review: %s', async (_, findings) => {
  const reviewed = await review([replyOf(...findings), replyOf(...findings)])
  expect(reviewed).toMatchObject({
    stop: 'unusable',
    problem: 'no usable reply: findings: none has a quote',
    turns: 2,
  })
  const second = await review([replyOf(...findings), replyOf(rawFinding())])
  expect(second.review?.findings).toHaveLength(1)
})

test('a reply without an analysis is not what was asked for', async () => {
  const bare = '{"findings": []}'
  expect(await review([bare, bare])).toMatchObject({ stop: 'unusable', turns: 2 })
})

test('a quote that is markup is no example that was left empty', async () => {
  const page = '<form>\n<input type="password" placeholder="Password">\n</form>\n'
  const claim = rawFinding({ quote: '<input type="password" placeholder="Password">' })
  const reviewed = await review([replyOf(claim)], { work: fileUnit(page) })
  expect(reviewed.review?.findings).toMatchObject([{ startLine: 2 }])
  const empty = await review([replyOf(rawFinding({ quote: '<the line, copied>' })), 'no', 'no'])
  expect(empty.review).toBeUndefined()
})

test('a token that a model quotes does not reach the report', async () => {
  const token = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`
  const leaky = fileUnit(`const token = '${token}'`)
  const said = rawFinding({
    quote: leaky.text,
    defect: 'exposed-secret',
    message: `${token} can be read`,
    suggestion: '',
  })
  const reviewed = await review([replyOf(said)], { work: leaky })
  expect(reviewed.review?.findings).toHaveLength(1)
  expect(JSON.stringify(reviewed.review)).not.toContain(token)
})

describe('the second look', () => {
  const verdict = (value: string, evidence = 'const count = list.length') =>
    JSON.stringify({ evidence, verdict: value })

  test('confirms with a line that stands in the input', async () => {
    const reviewed = await review([replyOf(rawFinding()), 'It divides.', verdict('real')], { verify: true })
    expect(reviewed.review?.findings).toMatchObject([{ verified: true, confidence: 'high', severity: 'medium' }])
    expect(reviewed.turns).toBe(3)
  })

  test.each(['false_positive', 'unsure'])('drops what is %s', async (value) => {
    const reviewed = await review([replyOf(rawFinding()), 'Hm.', verdict(value)], { verify: true })
    expect(reviewed.review).toMatchObject({ findings: [], dropped: { refuted: 1 } })
  })

  test('may be kept for what is grave', async () => {
    const grave = rawFinding({ severity: 'high', quote: 'return list[0].name' })
    const reviewed = await review([replyOf(rawFinding(), grave), 'Hm.', verdict('real')], { verify: 'high' })
    expect(reviewed.review?.findings.map(({ severity, verified }) => [severity, verified])).toEqual([
      ['medium', false],
      ['high', true],
    ])
  })

  test('that outgrows the window confirms nothing', async () => {
    const overflow = new LocalBrainError('overflow', 'too long')
    const reviewed = await review([replyOf(rawFinding()), 'Hm.', overflow, overflow], { verify: true })
    expect(reviewed).toMatchObject({ stop: 'answered', review: { findings: [], dropped: { refuted: 1 } } })
  })

  test('that has no time left leaves the claim as a claim', async () => {
    const time = new AbortController()
    const emit: TaskContext['emit'] = ({ type }) => {
      if (type === 'turn_start') time.abort(new LocalBrainError('timeout', 'The time limit of 1 s was reached'))
    }
    const reviewed = await review([replyOf(rawFinding())], { verify: true, emit, signal: time.signal })
    expect(reviewed).toMatchObject({
      stop: 'time_limit',
      review: { findings: [{ verified: false, confidence: 'low' }] },
      warnings: ['the time ended before every finding was looked at twice'],
    })
  })
})

describe('the cache', () => {
  test('answers for unchanged work without a call', async () => {
    const folder = createFolder()
    const before = await review([replyOf(rawFinding())], { reviews: createReviewCache(folder) })
    const after = await review([], { reviews: createReviewCache(folder) })
    expect(after.requests).toEqual([])
    expect(after).toMatchObject({ turns: 0, usage: { modelCalls: 0 }, review: { cached: true } })
    expect(after.review?.findings).toEqual(before.review?.findings)
  })

  test('does not answer for a reply that could not be used', async () => {
    const folder = createFolder()
    await review(['prose', 'prose'], { reviews: createReviewCache(folder) })
    const after = await review([replyOf()], { reviews: createReviewCache(folder) })
    expect(after).toMatchObject({ stop: 'answered', review: { cached: false } })
  })
  test('does not answer for a review that the time cut short', async () => {
    const reviews = createReviewCache(createFolder())
    const time = new AbortController()
    const emit: TaskContext['emit'] = ({ type }) => {
      if (type === 'turn_start') time.abort(new LocalBrainError('timeout', 'The time limit of 1 s was reached'))
    }
    await review([replyOf(rawFinding())], { verify: true, reviews, emit, signal: time.signal })
    const after = await review([replyOf()], { verify: true, reviews })
    expect(after.review).toMatchObject({ cached: false, findings: [] })
  })
})

test('whatever the run may do, a second look is handed tools that read, and a permit for nothing else', async () => {
  const asked: string[] = []
  const call = (name: string, args: Record<string, unknown>) => ({ name, arguments: args })
  const lines: Line[] = [
    replyOf(rawFinding()),
    [call('read_file', { path: 'src/a.ts' }), call('write_file', { path: 'src/b.ts', text: 'x' })],
    'It divides by zero.',
    JSON.stringify({ evidence: 'return total / count', verdict: 'real' }),
  ]
  const { requests, review: found } = await review(lines, {
    verify: true,
    tools: selectTools(['read_file', 'write_file', 'run_command']),
    async permit({ call: { name } }) {
      asked.push(name)
      return { allow: true }
    },
  })
  expect(requests[1]?.tools.map(({ name }) => name)).toEqual(['read_file'])
  const results = requests[2]?.messages.slice(-2).map(({ content }) => content)
  expect(results?.[0]).toContain('export function mean')
  expect(results?.[1]).toContain('there is no tool "write_file"')
  expect(asked).toEqual([])
  expect(found?.findings).toMatchObject([{ verified: true }])
})
