import { expect, test } from 'vitest'
import { hooked } from './hook-run.ts'

test('a finding is advice: it is shown and the commit goes through', async () => {
  const { write, git, commit, server } = await hooked()
  write('src/a.ts', 'export const twice = (n: number) => n * 3 // BUG\n')
  git('add', '-A')
  const done = await commit(['-m', 'add twice'])
  expect(done.stderr).toMatch(/src\/a\.ts:1 .*The result is wrong/)
  expect(done).toMatchObject({ code: 0, stdout: '' })
  expect(server.violations).toEqual([])
  expect(git('log', '--format=%s').split('\n')[0]).toBe('add twice')
})
