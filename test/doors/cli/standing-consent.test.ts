import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../../src/doors/cli/config.ts'
import { consentOf } from '../../../src/doors/cli/standing-consent.ts'
import { storePaths } from '../../../src/store/paths.ts'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { createFolder, createRepository, environment } from '../../workspace.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'

/** A home with a shop, which has a cellar with a repository of its own. */
function place() {
  const home = realpathSync(createFolder({ 'shop/a.txt': '', 'shop/cellar/.git/HEAD': 'ref: refs/heads/main\n' }))
  mkdirSync(join(home, 'shop/cellar/deep'))
  symlinkSync(join(home, 'shop'), join(home, 'link'))
  const request = (cwd: string, more = {}) => {
    return { work: { files: [], prompt: '' }, cwd: join(home, cwd), paths: storePaths({}, home), environment, ...more }
  }
  const consent = (config: Config, cwd = 'shop', more = {}, standing = true) =>
    consentOf(request(cwd, more), config, { home, standing })
  return { home, consent }
}

describe('what the configuration allows for chat and work', () => {
  test('is less than what a flag says, and nothing for a run', () => {
    const { consent } = place()
    const config: Config = { allow: ['write', 'net'], commands: { allow: ['npm test'], deny: ['git push'] } }
    const rules = { allow: ['npm test'], deny: ['git push'] }
    expect(consent(config)).toMatchObject({ allow: 'write', network: true, commandRules: rules, ask: true })
    expect(consent(config, 'shop', { allow: 'run', network: false })).toMatchObject({ allow: 'run', network: false })
    const run = consent(config, 'shop', {}, false)
    expect(run).toMatchObject({ allow: undefined, network: undefined, commandRules: { deny: ['git push'] } })
    expect(run.commandRules?.allow).toBeUndefined()
  })

  test('is that of the innermost folder by real path, narrower or wider, and what is never run adds up', () => {
    const { consent } = place()
    const config: Config = {
      allow: ['write'],
      ask: true,
      commands: { allow: ['npm test'], deny: ['git push'] },
      workspaces: {
        '~/link': { allow: ['run'], checks: ['npm test'], commands: { deny: ['npm publish'] } },
        '~/shop/cellar': { allow: [], ask: false },
        '~/gone': { allow: ['run', 'net'] },
      },
    }
    expect(consent(config, '.')).toMatchObject({ allow: 'write', checks: [] })
    expect(consent(config, 'link', { checks: ['true'] })).toMatchObject({
      allow: 'run',
      checks: ['true', 'npm test'],
      commandRules: { allow: ['npm test'], deny: ['git push', 'npm publish'] },
    })
    expect(consent(config, 'shop/cellar/deep')).toMatchObject({ allow: undefined, ask: false, checks: [] })
    expect(consent(config, '.', { root: 'shop/cellar' })).toMatchObject({ allow: undefined, ask: false })
    expect(consent(config, 'shop', {}, false)).toMatchObject({
      allow: undefined,
      checks: undefined,
      commandRules: { deny: ['git push', 'npm publish'] },
    })
  })

  test('what commands see besides is for every run', () => {
    const { consent, home } = place()
    const config: Config = { sandbox: { read: ['~/.foo', '/opt/x'], env: ['JAVA_HOME'], cache: false } }
    const expected = { read: [join(home, '.foo'), '/opt/x'], env: ['JAVA_HOME'], cache: false, kind: 'none' }
    expect(consent(config, 'shop', { sandbox: { kind: 'none' } }, false).sandbox).toEqual(expected)
  })
})

test.each([
  ['chat', ['chat', '--no-session', 'hello'], true],
  ['work', ['work', 'task.md', '--no-checks'], true],
  ['a run', ['-s', 'fix', 'hello'], false],
])('what it allows holds for %s: %s', async (_, args, expected) => {
  const env = { HOME: createFolder({ '.config/local-brain/config.yaml': 'allow: [write]\n' }) }
  const cwd = createRepository({ 'task.md': '# Do nothing\n' })
  const server = await ollama(() => reply.text('Nothing to do.'))
  await localBrain(args, { cwd, env, host: server.url })
  const offered = server.requests[0]?.tools?.map((tool) => tool.function.name) ?? []
  expect(offered.includes('read_file')).toBe(true)
  expect(offered.includes('edit_file')).toBe(expected)
})
