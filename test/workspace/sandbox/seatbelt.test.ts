import { expect, test } from 'vitest'
import type { Policy } from '../../../src/workspace/sandbox/policy.ts'
import { seatbeltProfile as profileOf } from '../../../src/workspace/sandbox/seatbelt.ts'

const temporary = '/private/tmp/local-brain'
const seatbeltProfile = (policy: Policy) => profileOf(policy, temporary)

const policy: Policy = {
  folder: '/Users/me/shop',
  root: '/Users/me/shop',
  cwd: '/Users/me/shop',
  home: '/Users/me',
  cache: '/Users/me/Library/Caches/local-brain/commands/1',
  readable: ['/Users/me/.cargo'],
  fixed: ['/Users/me/shop/.git', '/Users/me/shop/sub/deep/.git'],
  hidden: ['/Users/me/shop/.env'],
  network: false,
  environment: {},
}

test('what is not allowed is denied, the network too', () => {
  const profile = seatbeltProfile(policy)
  expect(profile).toMatch(/^\(version 1\)\n\(deny default\)/)
  expect(profile).toContain('(deny network*)')
  expect(profile).not.toContain('(allow network*)')
  expect(seatbeltProfile({ ...policy, network: true })).toContain('(allow network*)')
})

test('only the folder, the cache and a temporary folder can be written', () => {
  const [, writable] = /\(allow file-write\*\n([^)]*\)(?:\n[^)]*\))*)/.exec(seatbeltProfile(policy)) ?? []
  expect(writable?.match(/"[^"]+"/g)).toEqual([`"${policy.folder}"`, `"${policy.cache}"`, `"${temporary}"`])
})

test('what is protected cannot be moved away, nor a folder that it lies in', () => {
  const profile = seatbeltProfile(policy)
  const unlink = profile.slice(profile.indexOf('(deny file-write-unlink'))
  for (const path of ['/Users/me/shop/.git', '/Users/me/shop/sub/deep', '/Users/me/shop/sub', '/Users/me/shop/.env'])
    expect(unlink).toContain(`(literal "${path}")`)
})

test('a path cannot end its own quotes', () => {
  const profile = seatbeltProfile({ ...policy, folder: '/a") (allow default) ("', fixed: [], hidden: [] })
  expect(profile).toContain('(subpath "/a\\") (allow default) (\\"")')
})
