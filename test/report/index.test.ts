import { describe, expect, test } from 'vitest'
import { reportSchema } from '../../src/report/report.ts'
import { formatNames, formats } from '../../src/report/formats.ts'
import { selectReporter } from '../../src/report/index.ts'
import { finding } from '../tasks/findings/unit.ts'
import { reportOf } from './report.ts'

test('these formats exist', () => {
  expect(formatNames).toEqual(['markdown', 'compact', 'json', 'sarif', 'github', 'rdjson', 'html', 'patch'])
})

test('an unknown format is refused with the names of the known ones', () => {
  expect(() => selectReporter('xml')).toThrow('"xml" is not an output format')
})

// A patch is nothing but what was changed.
describe.each(formatNames.filter((name) => name !== 'patch'))('%s', (name) => {
  test('ends with a line end', async () => {
    expect(await selectReporter(name)(reportOf({ findings: [finding()], answer: 'text' }))).toMatch(/[^\n]\n$/)
  })

  test('knows whether it can hold a report without findings', async () => {
    const report = reportOf({ findings: null, answer: 'It is 30.', skill: 'ask' })
    if (formats[name].findingsOnly) await expect(selectReporter(name)(report)).rejects.toThrow('skill "ask" gives none')
    else expect(await selectReporter(name)(report)).toContain('It is 30.')
  })
})

test('JSON is the report itself', async () => {
  const report = reportOf({ findings: [finding({ quote: '\u202e' })] })
  expect(reportSchema.parse(JSON.parse(await selectReporter('json')(report)))).toEqual(report)
})
