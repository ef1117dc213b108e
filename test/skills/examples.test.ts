import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CaseResult, tryCase } from '../../src/app/skill-test/try-case.ts'
import { scriptOf } from '../../src/doors/cli/commands/skills-test.ts'
import { type Case, loadCases } from '../../src/skills/case.ts'
import { checkSkill, loadSkill } from '../../src/skills/load.ts'
import { createFolder } from '../workspace.ts'
import { knownTools } from './folder.ts'

const folder = join(import.meta.dirname, '..', '..', 'examples')
const names = readdirSync(folder).sort()
const source = (name: string) => ({
  file: join(folder, name, 'skill.yaml'),
  origin: 'path' as const,
  tools: knownTools,
})

/** A case with other replies fails: what it expects is really looked at. */
const elsewise = [{ json: { analysis: 'Something else.', findings: [] } }, 'It is something else.']

async function tryScripted(name: string, one: Case): Promise<CaseResult> {
  const state = createFolder({})
  const skill = await loadSkill(source(name))
  return tryCase(skill, one, {
    request: { paths: { config: state, cache: state, state }, environment: {}, model: {} },
    runs: 1,
    engine: () => scriptOf(one, skill),
    emit: () => undefined,
    signal: new AbortController().signal,
  })
}

test('there are six, each without a fault and with cases, and docs/skills.md names them', async () => {
  expect(names).toEqual(['accessibility', 'log-triage', 'release-notes', 'sql-review', 'test-gaps', 'todo-owners'])
  const page = readFileSync(join(folder, '..', 'docs', 'skills.md'), 'utf8')
  for (const name of names) {
    expect(await checkSkill(source(name))).toMatchObject({ skill: { name }, problems: [] })
    expect(page).toContain(`\`${name}\``)
  }
})

describe.each(names)('the example %s', async (name) => {
  const cases = await loadCases(await loadSkill(source(name)))

  test('has a case where nothing is wrong', () => {
    expect(cases.length).toBeGreaterThanOrEqual(2)
    const isFine = ({ expect: { found, max_findings: most, says_not: saysNot }, name: one }: Case) =>
      most === 0 || (found.length === 0 && saysNot.length > 0) || ['quiet', 'no-gap'].includes(one)
    expect(cases.filter(isFine).length).toBeGreaterThan(0)
  })

  test.each(cases)('$name: a good reply passes', async (one) => {
    expect(await tryScripted(name, one)).toMatchObject({ state: 'passed', problems: [] })
  })

  test.each(cases.filter(({ expect: { max_findings: most } }) => most !== 0))(
    '$name: another one does not',
    async (one) => {
      const replies = elsewise.slice(one.expect.found.length > 0 ? 0 : 1)
      expect(await tryScripted(name, { ...one, replies })).not.toMatchObject({ state: 'passed' })
    },
  )
})
