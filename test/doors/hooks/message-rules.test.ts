import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type MessageRules, findMessageRules } from '../../../src/doors/hooks/message-rules.ts'
import { openWorkspace } from '../../../src/workspace/open.ts'
import { repository } from '../../workspace-fixture.ts'
import { gitEnvironment } from '../../workspace.ts'

async function rulesOf(files: Record<string, string>, subjects: string[] = []): Promise<MessageRules | undefined> {
  const { root, git } = repository(files)
  for (const subject of subjects) git('commit', '-q', '--allow-empty', '-m', subject)
  const workspace = await openWorkspace({ root, view: 'index', environment: gitEnvironment })
  return workspace.git === null ? undefined : findMessageRules(workspace, workspace.git)
}

const json = (rules: unknown) => JSON.stringify({ extends: ['@commitlint/config-conventional'], rules })
const rule = {
  'type-enum': [2, 'always', ['feat', 'fix']],
  'scope-enum': [2, 'always', ['api']],
  'header-max-length': [2, 'always', 50],
}

test.each<[string, string]>([
  ['.commitlintrc.json', json(rule)],
  ['.commitlintrc', json(rule)],
  ['package.json', JSON.stringify({ name: 'x', commitlint: { rules: rule } })],
  [
    '.commitlintrc.yaml',
    'rules:\n  type-enum: [2, always, [feat, fix]]\n  scope-enum: [2, always, [api]]\n  header-max-length: [2, always, 50]\n',
  ],
])('types, scopes and lengths come from %s', async (file, text) => {
  expect(await rulesOf({ [file]: text })).toMatchObject({
    conventional: true,
    types: ['feat', 'fix'],
    scopes: ['api'],
    headerMax: 50,
  })
})

test('the configuration that is committed counts, not the one in the working tree', async () => {
  const { root, git } = repository({ '.commitlintrc.json': json(rule) })
  writeFileSync(join(root, '.commitlintrc.json'), json({ 'type-enum': [2, 'always', ['evil']] }))
  git('status')
  const workspace = await openWorkspace({ root, view: 'index', environment: gitEnvironment })
  if (workspace.git === null) throw new Error('no git')
  expect(await findMessageRules(workspace, workspace.git)).toMatchObject({ types: ['feat', 'fix'] })
})

test('a configuration that is a program is never run', async () => {
  const mark = join(repository().root, 'ran')
  const program = `require('fs').writeFileSync(${JSON.stringify(mark)}, '')\nmodule.exports = { rules: {} }\n`
  const rules = await rulesOf({ 'commitlint.config.js': program, '.commitlintrc.js': program })
  expect(rules).toMatchObject({ conventional: true })
  const { existsSync } = await import('node:fs')
  expect(existsSync(mark)).toBe(false)
})

test.each([
  ['a rule that no message of ours can be promised to keep', json({ 'references-empty': [2, 'never'] })],
  ['a rule for another letter case', json({ 'subject-case': [2, 'always', 'sentence-case'] })],
  ['a scope that is needed where none is known', json({ 'scope-empty': [2, 'never'] })],
  ['something that is no configuration', '{"rules": 7}'],
  ['broken JSON', '{"rules": '],
])('with %s there is no message', async (_, text) => {
  expect(await rulesOf({ '.commitlintrc.json': text })).toBeUndefined()
})

test('rules that are switched off, or only warn, change nothing', async () => {
  const text = json({ 'references-empty': [0], 'subject-min-length': [1, 'always', 20] })
  expect(await rulesOf({ '.commitlintrc.json': text })).toMatchObject({ conventional: true })
})

test('without a configuration the last commits decide the form, the scopes and the letters', async () => {
  const conventional = await rulesOf({}, ['feat(api): add a', 'fix(cli): mend b', 'docs: tell c', 'Merge this'])
  expect(conventional).toMatchObject({ conventional: true, scopes: ['cli', 'api'], latin: true })
  const plain = await rulesOf({}, ['Add a', 'Mend b', 'Tell c', 'fix: one'])
  expect(plain).toMatchObject({ conventional: false, capital: true, scopes: [] })
  const chinese = await rulesOf({}, ['添加缓存', '修复错误', '更新文档'])
  expect(chinese).toMatchObject({ latin: false })
})
