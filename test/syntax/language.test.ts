import { expect, test } from 'vitest'
import { grammarOf, languageOf } from '../../src/syntax/language.ts'

test.each([
  ['src/a.ts', 'typescript'],
  ['a.mts', 'typescript'],
  ['a.d.ts', 'typescript'],
  ['App.tsx', 'tsx'],
  ['App.jsx', 'jsx'],
  ['A.JAVA', 'java'],
  ['x.h', 'c'],
  ['x.hpp', 'cpp'],
  ['deep/Dockerfile', 'dockerfile'],
  ['Dockerfile.prod', 'dockerfile'],
  ['CMakeLists.txt', 'cmake'],
  ['go.mod', 'go-mod'],
  ['.editorconfig', 'ini'],
  ['notes', 'text'],
  ['notes.unknown', 'text'],
  ['dir.ts/notes', 'text'],
  ['constructor', 'text'],
  ['a.constructor', 'text'],
])('%s is %s', (path, language) => {
  expect(languageOf(path)).toBe(language)
})

test.each([
  ['#!/usr/bin/env python3\n', 'python'],
  ['#!/usr/bin/env -S node --no-warnings\n', 'javascript'],
  ['#!/usr/bin/env -S FOO=1 deno run\n', 'typescript'],
  ['#! /bin/sh\n', 'bash'],
  ['#!/usr/bin/fish', 'fish'],
  ['#!/opt/strange\n', 'text'],
  [' #!/bin/sh\n', 'text'],
  ['#!\n', 'text'],
])('a file without an extension that begins with %j is %s', (content, language) => {
  expect(languageOf('bin/tool', content)).toBe(language)
})

test('an extension counts more than the first line', () => {
  expect(languageOf('a.rb', '#!/bin/sh\n')).toBe('ruby')
})

test('C is read with the grammar of C++, JSX with that of JavaScript', () => {
  expect([grammarOf('c'), grammarOf('jsx'), grammarOf('ruby'), grammarOf('toString')]).toEqual([
    'cpp',
    'javascript',
    undefined,
    undefined,
  ])
})
