import { describe, expect, test } from 'vitest'
import { reply } from '../../scripted-ollama/scripted-ollama.ts'
import { repository } from '../../workspace-fixture.ts'
import { localBrain } from './local-brain.ts'
import { ollama } from './ollama.ts'
import { left, lookedAt, plan } from './plan.ts'

type Case = [path: string, before: string, after: string]

/** All cases in one repository, each in a folder of its own: what is looked at, and what is left out. */
async function staged(cases: readonly Case[]) {
  const name = (index: number, path: string) => `${String(index).padStart(2, '0')}/${path}`
  const folder = repository(Object.fromEntries(cases.map(([path, before], index) => [name(index, path), before])))
  for (const [index, [path, , after]] of cases.entries()) folder.write(name(index, path), after)
  folder.git('add', '-A')
  const planned = await plan(['-s', 'code-review', '--git-diff'], folder.root)
  return { all: cases.map(([path], index) => name(index, path)), lookedAt: lookedAt(planned), left: left(planned) }
}

async function expectLooked(cases: readonly Case[]) {
  const found = await staged(cases)
  expect(found.left).toEqual([])
  expect(found.lookedAt).toEqual(found.all)
}

async function expectLeft(cases: readonly Case[], reason: string) {
  const found = await staged(cases)
  expect(found.lookedAt).toEqual([])
  expect(found.left).toEqual(found.all.map((path) => `${path}: ${reason}`))
}

const goFunctions = (first: string, second: string) =>
  `package a\n\nfunc f() {\n${first}\tx()\n}\n\nfunc g() {\n${second}\tx()\n}\n`
const locks = '\tmu.Lock()\n\tdefer mu.Unlock()\n'

test('a line that moves is looked at', async () => {
  await expectLooked([
    ['a.js', 'allowed(user)\nerase(user)\n', 'erase(user)\nallowed(user)\n'],
    ['a.go', goFunctions(locks, ''), goFunctions('', locks)],
    ['a.toml', '[client]\nverify = true\n\n[server]\n', '[client]\n\n[server]\nverify = true\n'],
    ['a.py', 'check(a)\nrun(a)\n', 'run(a)\ncheck(a)\n'],
    ['a.css', '.a { color: red }\n.a { color: blue }\n', '.a { color: blue }\n.a { color: red }\n'],
    ['a.sql', 'delete from a;\ninsert into b select * from a;\n', 'insert into b select * from a;\ndelete from a;\n'],
    ['a.yaml', 'a:\n  x: 1\nb:\n', 'a:\nb:\n  x: 1\n'],
    ['a.json', '{"a": {"x": 1}, "b": {}}\n', '{"a": {}, "b": {"x": 1}}\n'],
    ['A.java', 'class A { void f() {\n a();\n b();\n} }\n', 'class A { void f() {\n b();\n a();\n} }\n'],
    ['a.rs', 'fn f() {\n    drop(a);\n    use_it(&a);\n}\n', 'fn f() {\n    use_it(&a);\n    drop(a);\n}\n'],
    ['a.csv', '1,2\n3,4\n', '3,4\n1,2\n'],
    ['a.foo', 'one\ntwo\n', 'two\none\n'],
  ])
})

test('white space that is meaning is looked at', async () => {
  await expectLooked([
    ['a.sh', 'n=5\n', 'n = 5\n'],
    ['b.sh', '[ -z "$a" ]\n', '[ -z"$a" ]\n'],
    ['a.css', '.card .title { a: b }\n', '.card.title { a: b }\n'],
    ['b.css', 'a:hover { a: b }\n', 'a :hover { a: b }\n'],
    ['a.js', 'send(`\n    two blanks less\n`)\n', 'send(`\n  two blanks less\n`)\n'],
    ['b.js', "send('a  b')\n", "send('a b')\n"],
    ['c.js', 'const a = b - -c\n', 'const a = b --c\n'],
    ['d.js', 'return\nfoo()\n', 'return foo()\n'],
    ['e.js', 'const a = /a  b/\n', 'const a = /a b/\n'],
    ['a.jsx', 'const a = <p>x y</p>\n', 'const a = <p>xy</p>\n'],
    ['a.py', 'if a:\n    b()\n    c()\n', 'if a:\n    b()\nc()\n'],
    ['b.py', 'a = """\n  x\n"""\n', 'a = """\nx\n"""\n'],
    ['a.c', '#define F(x) x\n', '#define F (x) x\n'],
    ['b.c', '#define A 1 \\\n  + 2\n', '#define A 1 \\ \n  + 2\n'],
    ['a.rb', 'a - b\n', 'a -b\n'],
    ['a.html', '<p>a b</p>\n', '<p>ab</p>\n'],
    ['a.go', 'package a\n\nvar a = `x  y`\n', 'package a\n\nvar a = `x y`\n'],
    ['Makefile', 'a:\n\tb\n', 'a:\n    b\n'],
    ['a.md', 'a\nb\n', 'a  \nb\n'],
    ['a.foo', 'a b\n', 'a  b\n'],
    ['a.rs', 'fn f() { let a = "x  y"; }\n', 'fn f() { let a = "x y"; }\n'],
  ])
})

test('code that goes into a comment or comes out of one is looked at, and so is a line that only looks like one', async () => {
  const guard = 'if (!user.admin) {\n  throw new Error()\n}\n'
  const product = (end: string) => `class A { int f() { return base\n    * growth\n    * ${end}; } }\n`
  await expectLooked([
    ['a.js', `${guard}run()\n`, `/*\n${guard}*/\nrun()\n`],
    ['b.js', `/*\n${guard}*/\nrun()\n`, `/**/\n${guard}/**/\nrun()\n`],
    ['c.js', 'a()\n/* one */\nb()\n', 'a()\n/* one\nb()\n*/\n'],
    ['A.java', product('years'), product('shrink')],
    ['a.sh', 'cat <<EOF\n# one\nEOF\n', 'cat <<EOF\n# two\nEOF\n'],
    ['a.py', 'a = """\n# one\n"""\n', 'a = """\n# two\n"""\n'],
    ['a.yaml', 'run: |\n  # one\n', 'run: |\n  # two\n'],
    ['a.c', '// one \\\nfree(a);\nb();\n', '// one\nfree(a);\nb();\n'],
    ['a.go', 'package a\n\nvar a = `\n// one\n`\n', 'package a\n\nvar a = `\n// two\n`\n'],
    ['a.css', '#one { a: b }\n', '#two { a: b }\n'],
    ['a.html', '<p>\n// one\n</p>\n', '<p>\n// two\n</p>\n'],
    ['a.json', '{"a": "\\n// one"}\n', '{"a": "\\n// two"}\n'],
    ['a.rs', 'fn f() {\n    g();\n}\n', 'fn f() {\n    // g();\n}\n'],
    ['a.ts', 'const a = `\n * one\n`\n', 'const a = `\n * two\n`\n'],
    ['a.rst', '.. one\n', '.. two\n'],
    ['a.lisp', '; one\n(a)\n', '; two\n(a)\n'],
  ])
})

test('a comment that a tool may obey is looked at', async () => {
  await expectLooked([
    [
      'a.sql',
      '-- +goose Up\ncreate table a;\n-- +goose Down\ndrop table a;\n',
      '-- +goose Up\ncreate table a;\ndrop table a;\n',
    ],
    ['a.tf', 'resource "a" "b" {\n}\n', 'resource "a" "b" {\n  # checkov:skip=CKV_9:no\n}\n'],
    ['a.py', '# fine\na()\n', '# nosemgrep\na()\n'],
    ['b.py', 'a()\n', 'a()  # noqa\n'],
    ['c.py', '# one\ndef f(): pass\n', '# -*- coding: latin-1 -*-\ndef f(): pass\n'],
    ['a.ts', 'a()\n', '// @ts-expect-error it is known\na()\n'],
    ['b.ts', 'a()\n', '// eslint-disable-next-line\na()\n'],
    ['c.ts', '// one\n// prettier-ignore\na()\n', '// two\n// prettier-ignore\na()\n'],
    ['a.js', 'import("a")\n', 'import(/* webpackIgnore: true */ "a")\n'],
    ['b.js', 'const a = f()\n', 'const a = /*#__PURE__*/ f()\n'],
    ['a.go', 'package a\n', '//go:build linux\n\npackage a\n'],
    [
      'a_test.go',
      'package a\n\nfunc ExampleF() {\n\t// Output:\n\t// one\n}\n',
      'package a\n\nfunc ExampleF() {\n\t// Output:\n\t// two\n}\n',
    ],
    [
      'a.c',
      'void f(){switch(a){\ncase 1: b();\n// fall through\ncase 2: c();}}\n',
      'void f(){switch(a){\ncase 1: b();\ncase 2: c();}}\n',
    ],
    ['a.rs', '/// One of them.\nfn f() {}\n', '/// Two of them.\nfn f() {}\n'],
    ['a.rb', '# frozen_string_literal: true\na\n', 'a\n'],
    ['a.sh', '# shellcheck disable=SC2086\nrm $a\n', 'rm $a\n'],
    ['A.java', 'class A {\n  void f() {}\n}\n', 'class A {\n  // NOSONAR\n  void f() {}\n}\n'],
    ['a.css', '.a { a: b }\n', '/* stylelint-disable */\n.a { a: b }\n'],
    ['Dockerfile', 'FROM a\n', '# syntax=docker/dockerfile:1\nFROM a\n'],
    ['b.go', 'package a\n\nfunc f() {}\n', 'package a\n\n//frobcheck silent\nfunc f() {}\n'],
  ])
})

test('pure formatting is left out', async () => {
  await expectLeft(
    [
      ['a.ts', 'if (a) {\nb( 1,2 )\n}\n', 'if (a) {\n  b(1, 2)\n}\n'],
      ['a.js', 'const a = {b:1,c:[1,2]}\n', 'const a = {\n  b: 1,\n  c: [1, 2]\n}\n'],
      ['A.java', 'class A { int f(){ return 1; } }\n', 'class A\n{\n  int f()\n  {\n    return 1;\n  }\n}\n'],
      [
        'a.go',
        'package a\n\nfunc f() {\na:=1\n\tb( a ,2 )\n}\n',
        'package a\n\nfunc f() {\n\ta := 1\n\n\tb(a, 2)\n}\n',
      ],
      ['a.rs', 'fn f() { let a = g( 1,2 ); h(&a) }\n', 'fn f() {\n    let a = g(1, 2);\n    h(&a)\n}\n'],
      ['a.json', '{"a":[1,2],"b":"c"}\n', '{\n  "a": [1, 2],\n  "b": "c"\n}\n'],
      ['a.tsx', 'const a=<p>x  y</p>\n', 'const a = <p>x  y</p>\n'],
      ['a.py', 'a = 1\n\n\n\nb = 2  \n', 'a = 1\nb = 2\n'],
    ],
    'only white space changed',
  )
})

test('comments that are plainly prose are left out', async () => {
  await expectLeft(
    [
      ['a.ts', '// says one thing\na()\n', '// says another thing\na()\n'],
      ['a.py', '# fine\na()\n', '# This is read by all of them, also before the first one.\na()\n'],
      [
        'A.java',
        'class A {\n  /** Returns the first of them. */\n  int a;\n}\n',
        'class A {\n  /** Returns the last of them, if there is one. */\n  int a;\n}\n',
      ],
      [
        'a.go',
        'package a\n\n// F sends what it reads.\nfunc F() {}\n',
        'package a\n\n// F sends all that it reads.\nfunc F() {}\n',
      ],
      ['a.rs', '// One of them.\nfn f() {}\n', 'fn f() {}\n'],
    ],
    'only comments changed',
  )
})

test('beside a change that means something a change that does not is shown as well', async () => {
  const found = await staged([['a.js', 'a( 1 )\n\nb()\n', 'a(1)\n\nc()\n']])
  expect(found).toMatchObject({ lookedAt: found.all, left: [] })
})

describe('what is left out is named with its reason', () => {
  const tidy = () => {
    const folder = repository({ 'src/tidy.ts': 'a( 1 )\n', 'src/note.ts': '// one\nb()\n', 'src/real.ts': 'c()\n' })
    folder.write('src/tidy.ts', 'a(1)\n')
    folder.write('src/note.ts', '// two\nb()\n')
    folder.write('src/real.ts', 'd()\n')
    folder.git('add', '-A')
    return folder.root
  }

  test.each(['markdown', 'compact', 'json'])('in %s', async (format) => {
    const server = await ollama([reply.json({ analysis: '', findings: [] })])
    const run = await localBrain(['--git-diff', '--format', format, '--fail-on', 'low'], {
      cwd: tidy(),
      host: server.url,
    })
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/src\/tidy\.ts.*only white space changed/s)
    expect(run.stdout).toMatch(/src\/note\.ts.*only comments changed/s)
  })
})
