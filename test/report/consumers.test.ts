import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { selectReporter } from '../../src/report/index.ts'
import { finding } from '../tasks/findings/unit.ts'
import { createFolder } from '../workspace.ts'
import { hostile, reportOf } from './report.ts'

// Programs that read these formats. The multitool is for who has it: npm install --no-save
// @microsoft/sarif-multitool-linux@5.7.0 (100 MB, so it is no dependency).
const packages = join(import.meta.dirname, '..', '..', 'node_modules')
const rdformat = join(packages, '@umbrelladocs', 'rdformat-validator', 'bin', 'rdformat-validator.js')
const multitool = join(packages, '@microsoft', 'sarif-multitool-linux', 'Sarif.Multitool')

const report = reportOf({
  skill: hostile,
  findings: [
    finding(),
    finding({ id: 'b', path: hostile, title: hostile, message: hostile, quote: hostile, suggestion: hostile }),
    finding({
      id: 'c',
      category: 'security',
      rule: 'security/injection',
      severity: 'critical',
      quote: '',
      startLine: 0,
    }),
  ],
  notReviewed: [{ path: 'src/big.ts', reason: 'the time limit was reached', gap: true }],
})

const write = async (format: string, name: string) =>
  join(createFolder({ [name]: await selectReporter(format)(report) }), name)

test('the validator of the Reviewdog Diagnostic Format has nothing to say', async () => {
  const said = execFileSync(process.execPath, [rdformat, await write('rdjson', 'report.json')], { encoding: 'utf8' })
  expect(said).toContain('Invalid files: 0')
})

test.skipIf(!existsSync(multitool))('the SARIF multitool finds no error, by the rules of GitHub too', async () => {
  const args = ['validate', await write('sarif', 'report.sarif'), '--rule-kind', 'Sarif;Gh', '--level', 'Error;Warning']
  expect(execFileSync(multitool, args, { encoding: 'utf8' })).not.toMatch(/: (error|warning) /)
})
