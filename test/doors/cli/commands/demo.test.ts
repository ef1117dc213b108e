import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { demoNotice } from '../../../../src/demo/demo.ts'
import { temporaryFolder } from '../../../workspace-fixture.ts'
import { localBrain } from '../local-brain.ts'

test('the demonstration runs the real loop, tools and report, says what is scripted, and leaves nothing behind', async () => {
  const [home, temporary] = [temporaryFolder(), temporaryFolder()]
  const { stdout, stderr, code } = await localBrain(['demo'], {
    cwd: home.root,
    env: { HOME: home.root, TMPDIR: temporary.root },
  })
  expect(code).toBe(0)
  expect(stdout).toMatch(`${demoNotice}\n\n$ local-brain -s explain "Why`)
  expect(stdout).toContain('So every order from 50 cents on ships for free')
  expect(stdout).toMatch(/^- \*\*high\*\* src\/cart\.ts:5 .*\(bug\/wrong-result, kept on a second look\)$/m)
  expect(stdout).toContain('Reviewed: 1 file, 1 part. Not reviewed: nothing')
  expect(stderr.match(/^→ \w+ \S+/gm)).toEqual([
    '→ list_directory src',
    '→ read_file src/cart.ts',
    '→ read_file src/money.ts',
    '→ read_file src/money.ts',
  ])
  expect([home.root, temporary.root].flatMap((folder) => readdirSync(folder))).toEqual([])
})
