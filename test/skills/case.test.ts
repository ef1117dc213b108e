import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCases } from '../../src/skills/case.ts'
import { createFolder } from '../workspace.ts'
import { failure } from './folder.ts'

function skillWith(files: Record<string, string>) {
  const root = createFolder({ 'skill.yaml': '', ...files })
  return { name: 'mine', file: join(root, 'skill.yaml'), origin: 'path' as const, output: 'markdown' as const, root }
}

const load = (text: string) => loadCases(skillWith({ 'cases/a.yaml': text }))

test('the cases of a skill are the YAML files in its folder "cases", by name', async () => {
  const skill = skillWith({
    'cases/b.yml': 'expect: { says: [b] }\n',
    'cases/a.yaml': 'files: { src/a.ts: "x" }\nvars: { limit: 3, strict: yes }\nexpect: { max_findings: 0 }\n',
    'cases/c.yaml': 'expect: { says: c, found: [{ says: d }] }\n',
    'cases/notes.md': 'no case',
    'cases/.hidden.yaml': 'no case',
  })
  const cases = await loadCases(skill)
  expect(cases.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(cases[2]?.expect).toMatchObject({ says: ['c'], found: [{ says: ['d'] }] })
  expect(cases[0]).toMatchObject({ files: { 'src/a.ts': 'x' }, vars: { limit: '3', strict: 'yes' }, prompt: '' })
})

const wrong: [string, string, string][] = [
  ['expects nothing', 'prompt: x\nexpect: {}\n', 'expects nothing, so it would always pass'],
  ['says nothing of what it expects', 'prompt: x\n', 'expect is missing'],
  ['has an unknown key', 'promt: x\nexpect: { says: [x] }\n', 'unknown key "promt"'],
  ['has an unknown expectation', 'expect: { say: [x] }\n', 'unknown key "expect.say"'],
  ['has an odd claim', 'expect: { found: [{ file: x }] }\n', 'unknown key "expect.found.0.file"'],
  [
    'has a severity that is none',
    'expect: { found: [{ severity: hihg }] }\n',
    'must be critical, high, medium, low or info',
  ],
  [
    'has an odd reply',
    'expect: { says: [x] }\nreplies: [{ txt: y }]\n',
    'replies.0 must be a text, json: {…} or calls:',
  ],
  ['is no mapping', '- a\n', 'must be a mapping'],
]
test.each(wrong)('a case that %s is refused', async (_, text, message) => {
  const error = await failure(load(text))
  expect(error.code).toBe('invalid-skill')
  expect(error.message).toContain(message)
})

test.each(['../a.ts', '/etc/passwd', 'a/../../b', '.git/config', 'src/.GIT/hooks/x', 'a\\b', 'C:x', '', 'a//b', './a'])(
  'a case may not write its file to %j',
  async (path) => {
    for (const key of ['files', 'workspace']) {
      const error = await failure(load(`${key}: { ${JSON.stringify(path)}: x }\nexpect: { says: [x] }\n`))
      expect(error.message).toContain(`"${path}" is not a path below the folder of the case`)
      expect(error.code).toBe('invalid-skill')
    }
  },
)

test('a skill without cases, and one that is a file among others, are told what to do', async () => {
  const bare = skillWith({})
  expect(await failure(loadCases(bare))).toMatchObject({ code: 'usage', message: 'Skill "mine" has no cases' })
  const alone = { ...skillWith({ 'cases/a.yaml': 'expect: { says: [x] }\n' }) }
  const error = await failure(loadCases({ ...alone, file: join(alone.root, 'mine.yaml') }))
  expect(error.message).toContain('Only a skill with a folder of its own has cases')
  // Nobody should write into the package.
  for (const [output, example] of [
    ['findings', 'todo-owners'],
    ['markdown', 'release-notes'],
  ] as const) {
    expect(await failure(loadCases({ ...bare, origin: 'built-in', output }))).toMatchObject({
      message: 'Skill "mine" is built in and has no cases',
      hint: `local-brain skills new my-mine --from ${example}`,
    })
    expect(existsSync(join(import.meta.dirname, '../../examples', example, 'cases'))).toBe(true)
  }
})
