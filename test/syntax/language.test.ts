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
  ['.bashrc', 'bash'],
  ['notes.txt', 'text'],
  ['guide.adoc', 'asciidoc'],
  ['plan.org', 'org'],
  ['LICENSE', 'text'],
  ['LICENSE-MIT', 'text'],
  ['README.de', 'text'],
  ['docs/CHANGELOG', 'text'],
  ['readme.py', 'python'],
  ['requirements.txt', 'code'],
  ['notes', 'code'],
  ['notes.unknown', 'code'],
  ['view.erb', 'code'],
  ['main.bicep', 'code'],
  ['LICENSECHECK', 'code'],
  ['dir.ts/notes', 'code'],
  ['constructor', 'code'],
  ['a.constructor', 'code'],
])('%s is %s', (path, language) => {
  expect(languageOf(path)).toBe(language)
})

test.each([
  ['#!/usr/bin/env python3\n', 'python'],
  ['#!/usr/bin/env -S node --no-warnings\n', 'javascript'],
  ['#!/usr/bin/env -S FOO=1 deno run\n', 'typescript'],
  ['#! /bin/sh\n', 'bash'],
  ['#!/usr/bin/fish', 'fish'],
  ['#!/usr/bin/env pwsh\n', 'powershell'],
  ['#!/opt/strange\n', 'code'],
  [' #!/bin/sh\n', 'code'],
  ['#!\n', 'code'],
])('a file without an extension that begins with %j is %s', (content, language) => {
  expect(languageOf('bin/tool', content)).toBe(language)
})

test('an ending that nothing is known about, or that says text, leaves it to the first line', () => {
  expect(languageOf('deploy.job', '#!/usr/bin/env ruby\n')).toBe('ruby')
  expect(languageOf('deploy.txt', '#!/bin/bash\n')).toBe('bash')
  expect(languageOf('README', '#!/opt/strange\n')).toBe('code')
})

test.each([
  ['\\NeedsTeXFormat{LaTeX2e}\n\\ProvidesClass{letter}\n', 'tex'],
  ['% our letters\n\\LoadClass{article}\n', 'tex'],
  ['public class Account {\n  public String name;\n}\n', 'code'],
  ['VERSION 1.0 CLASS\nBEGIN\n', 'code'],
  ['', 'code'],
])('a .cls file of %j is %s', (content, language) => {
  expect(languageOf('Account.cls', content)).toBe(language)
})

test('an extension counts more than the first line', () => {
  expect(languageOf('a.rb', '#!/bin/sh\n')).toBe('ruby')
})

test('C is read with the grammar of C++, JSX with that of JavaScript', () => {
  expect([grammarOf('c'), grammarOf('jsx'), grammarOf('sql'), grammarOf('toString')]).toEqual([
    'cpp',
    'javascript',
    undefined,
    undefined,
  ])
})
