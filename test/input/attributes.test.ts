import { expect, test } from 'vitest'
import { marksBefore } from '../../src/input/attributes.ts'
import { textsBefore } from '../../src/input/before.ts'
import { openGit } from '../../src/workspace/git/open.ts'
import { createFolder, createRepository, environment, git, write } from '../workspace.ts'

const attributes = {
  '.gitattributes': [
    '[attr]made linguist-generated -diff',
    '# a comment',
    '*.pb.go linguist-generated',
    '*.min.* linguist-generated=true',
    'docs/** linguist-vendored=false',
    '/top.ts linguist-generated',
    'a/*/c.ts linguist-vendored',
    'a/**/deep.ts linguist-vendored',
    '**/any.ts -linguist-generated',
    'folder/ linguist-generated',
    'folder linguist-vendored',
    '"with space.ts" linguist-generated',
    'q?.[tj]s linguist-generated',
    'made.ts made',
    'bin.ts binary',
    'later.ts linguist-generated',
    'later.ts !linguist-generated',
    '!not.ts linguist-generated',
    '{x,y}.ts linguist-generated',
    '',
  ].join('\n'),
  'a/.gitattributes': '*.ts linguist-generated\nany.ts linguist-generated=false\n/only.ts -linguist-vendored\n',
}

const paths = [
  'x.pb.go',
  'deep/er/x.pb.go',
  'x.min.js',
  'docs/a/b.md',
  'top.ts',
  'b/top.ts',
  'a/b/c.ts',
  'a/b/d/c.ts',
  'a/deep.ts',
  'a/b/c/deep.ts',
  'any.ts',
  'a/any.ts',
  'b/any.ts',
  'folder/x.ts',
  'folder',
  'with space.ts',
  'q1.ts',
  'qq.js',
  'qqq.js',
  'made.ts',
  'bin.ts',
  'later.ts',
  'not.ts',
  'x.ts',
  '{x,y}.ts',
  'a/only.ts',
  'a/b/only.ts',
]

const words: Record<string, boolean> = { set: true, unset: false, true: true, false: false }

/** What git itself says. */
function byGit(folder: string, path: string) {
  const lines = git(folder, 'check-attr', 'linguist-generated', 'linguist-vendored', 'diff', '--', path)
    .trimEnd()
    .split('\n')
  const [generated, vendored, text] = lines.map((line) => words[line.slice(line.lastIndexOf(':') + 2)])
  return { generated, vendored, text }
}

test('attributes are read from a tree, or the index, as git reads them from the working tree', async () => {
  const folder = createRepository(attributes)
  const expected = paths.map((path) => [path, byGit(folder, path)])
  write(folder, { '.gitattributes': '* linguist-generated -diff\n', 'a/.gitattributes': '* linguist-vendored\n' })
  const ours = await openGit(folder, { environment })
  if (!ours) throw new Error('no repository')
  for (const tree of ['HEAD', '']) {
    const marksOf = await marksBefore(textsBefore(ours)(tree), paths)
    const { generated, vendored, text } = { generated: undefined, vendored: undefined, text: undefined }
    expect(paths.map((path) => [path, { generated, vendored, text, ...marksOf(path) }])).toEqual(expected)
  }
})

test('before the first commit there are none', async () => {
  const folder = createFolder({ '.gitattributes': '* linguist-generated\n' })
  git(folder, 'init', '-q')
  git(folder, 'add', '-A')
  const ours = await openGit(folder, { environment })
  if (!ours) throw new Error('no repository')
  const marksOf = await marksBefore(textsBefore(ours)('HEAD'), ['a.ts', 'new\nline.ts'])
  expect(marksOf('a.ts')).toEqual({})
})
