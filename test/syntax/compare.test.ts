import { parseAst } from 'rolldown/parseAst'
import { expect, test } from 'vitest'
import { compareTexts, type Replacement } from '../../src/syntax/compare.ts'

/** The lines that two texts don't begin and end with in common. */
function replaced(old: string, young: string): Replacement {
  const [a, b] = [old.split('\n'), young.split('\n')]
  let from = 0
  while (from < Math.min(a.length, b.length) && a[from] === b[from]) from += 1
  let same = 0
  while (same < Math.min(a.length, b.length) - from && a.at(-1 - same) === b.at(-1 - same)) same += 1
  return { old: { from: from + 1, to: a.length - same }, new: { from: from + 1, to: b.length - same } }
}

async function kindOf(language: string, old: string, young: string): Promise<string | undefined> {
  const found = await compareTexts({ old, new: young }, language, [replaced(old, young)])
  return found?.[0]?.kind
}

const inFunction = (code: string) => `function f() {\n${code}\n}\n`
const inClass = (code: string) => `class A {\n${code}\n}\n`
const inGo = (code: string) => `package a\n\nfunc f() {\n${code}\n}\n`
const inRust = (code: string) => `fn f() {\n${code}\n}\n`

test.each([
  ['javascript', 'if (a) {\n  go(1, 2)\n}\n', 'if (a) {\n    go( 1,2 )\n}\n'],
  ['javascript', 'go(a, b)\n', 'go(\n  a,\n  b\n)\n'],
  ['javascript', 'const a = b.c().d()\n', 'const a = b\n  .c()\n  .d()\n'],
  ['javascript', 'if (a) { b() } else { c() }\n', 'if (a) { b() }\nelse { c() }\n'],
  ['javascript', 'a()\n\n\nb()\n', 'a()\nb()\n'],
  ['javascript', '\n\na()\n', 'a()\n'],
  ['javascript', 'const a = b - -c\n', 'const a=b- -c\n'],
  ['javascript', 'a()\r\n', 'a()\n'],
  ['typescript', 'type A = B | C\n', 'type A =\n  | B\n  | C\n'.replace('  | B', '    B')],
  [
    'typescript',
    'function f(a: number): Map<string, number> { return x }\n',
    'function f(a:number) : Map<string,number> {\n  return x\n}\n',
  ],
  ['typescript', 'const a = {b: 1, c: [1,2]}\n', 'const a = {\n  b: 1,\n  c: [1, 2]\n}\n'],
  ['tsx', 'const a = (b: C) => {  return <p>x  y</p> }\n', 'const a = (b: C) => { return <p>x  y</p> }\n'],
  ['tsx', 'a(<p className="b"><i>c</i></p>)\n', 'a(\n  <p\n    className="b"\n  >\n    <i>c</i>\n  </p>\n)\n'],
  ['jsx', 'a(<p>one two{b}</p>)\n', 'a(\n  <p>\n    one\n    two{b}\n  </p>\n)\n'],
  ['json', '{"a": [1, 2], "b": "c  d"}', '{\n  "a": [1,2],\n  "b": "c  d"\n}\n'],
  ['json', '// why\n{"a": 1} // end', '// why\n{ "a": 1 } // end'],
  ['java', 'class A { int f(){ return 1; } }\n', 'class A\n{\n  int f()\n  {\n    return 1;\n  }\n}\n'],
  ['go', inGo('a:=1\n\tb( a ,2 )'), inGo('\ta := 1\n\n\tb(a, 2)')],
  ['go', 'package a\n\nvar s = []int{1, 2}\n', 'package a\n\nvar s = []int{\n\t1, 2}\n'],
  ['rust', inRust('let a = vec![1,2]; go(&a)'), inRust('    let a = vec![1, 2];\n    go(&a)')],
  ['javascript', '/*\n * a\n *   b\n */\nx()\n', '  /*\n   * a\n   *   b\n   */\n  x()\n'],
  ['python', 'a = 1\n\n\n\nb = 2  \n', 'a = 1\nb = 2\n'],
  ['bash', 'a\n\n\nb  \n', 'a\nb\n'],
  ['csharp', 'class A { int F() { return a[1,2]; } }\n', 'class A\n{\n  int F()\n  {\n    return a[1, 2];\n  }\n}\n'],
  ['csharp', '#if A\nclass B{ }\n#endif\n', '#if A\nclass B { }\n#endif\n'],
])('%s: %j and %j differ by spacing alone', async (language, old, young) => {
  expect(await kindOf(language, old, young)).toBe('spacing')
  expect(await kindOf(language, young, old)).toBe('spacing')
})

test.each([
  ['javascript', '// one\na()\n', '// two\na()\n'],
  ['javascript', '// one\n\na()\n', 'a()\n'],
  ['javascript', 'a() // one\n', 'a()\n'],
  ['javascript', 'a(/* one */ b)\n', 'a(b)\n'],
  ['javascript', 'a()\nb()\n', 'a()\n/*\n * why\n */\nb()\n'],
  ['javascript', '/** a */\nf()\n', '/** a\n * b */\nf( )\n'],
  ['javascript', '// one\na()\n', '// one\n\na()\n'],
  ['python', 'if a:\n    # one\n    b()\n', 'if a:\n    b()  # two\n'],
  ['python', 'a = [\n    1,  # one\n]\n', 'a = [\n    1,\n]\n'],
  ['go', 'package a\n\n// F does.\nfunc F() {}\n', 'package a\n\n// F does not.\nfunc F() {}\n'],
  ['rust', '/// One.\nfn f() {}\n', '/// Two.\nfn f() {}\n'],
  ['java', 'class A { /** One. */ int a; }\n', 'class A { /** Two. */ int a; }\n'],
  ['tsx', 'a(\n  <p>\n    {/* one */}\n  </p>,\n)\n', 'a(\n  <p>\n    {/* two */}\n  </p>,\n)\n'],
  ['c', '/* one */\nint a; // b\n', 'int a;\n'],
  ['csharp', '/// One.\nclass A { } // two\n', 'class A { }\n'],
  ['ruby', 'a # one\n=begin\ntwo\n=end\nb\n', 'a\nb\n'],
  ['bash', '# one\na "b" # two\n', 'a "b"\n'],
  ['php', '<?php\n// one\na(); # two\n', '<?php\na();\n'],
  ['powershell', '<# one #>\nA -b\n# two\n', 'A -b\n'],
  ['css', '/* one */\n.a { b: c }\n', '.a { b: c }\n'],
  ['json', '{ "a": 1 } // one', '{ "a": 1 }'],
])('%s: %j and %j differ by comments alone', async (language, old, young) => {
  expect(await kindOf(language, old, young)).toBe('comments')
  expect(await kindOf(language, young, old)).toBe('comments')
})

test.each([
  ['lines that change places', 'javascript', 'allowed(user)\nerase(user)\n', 'erase(user)\nallowed(user)\n'],
  ['a return whose value moves to the next line', 'javascript', inFunction('return x'), inFunction('return\nx')],
  ['a return in front of a bracket', 'javascript', inFunction('return (x)'), inFunction('return\n(x)')],
  ['a return in front of a sign', 'javascript', inFunction('return -x'), inFunction('return\n-x')],
  ['a return in front of a template', 'javascript', inFunction('return `x`'), inFunction('return\n`x`')],
  ['a return in front of an expression', 'javascript', inFunction('return /x/'), inFunction('return\n/x/')],
  [
    'a comment with a line break behind return',
    'javascript',
    inFunction('return /* a */ x'),
    inFunction('return /* a\n */ x'),
  ],
  ['async on its own line', 'javascript', 'async function f() {}\n', 'async\nfunction f() {}\n'],
  ['increment of the line above or below', 'javascript', 'a\n++\nb\n', 'a ++\nb\n'],
  ['a getter that becomes a field', 'javascript', inClass('get a() {}'), inClass('get\na() {}')],
  ['a static field that becomes two', 'javascript', inClass('static a'), inClass('static\na')],
  ['a type that becomes a name', 'typescript', 'type\nA = B\n', 'type A = B\n'],
  ['blanks in a template literal', 'javascript', 'a(`\n  b\n`)\n', 'a(`\nb\n`)\n'],
  ['blanks in a string', 'javascript', "a('b  c')\n", "a('b c')\n"],
  ['blanks in an expression', 'javascript', 'a(/b  c/)\n', 'a(/b c/)\n'],
  ['blanks in the text of an element', 'tsx', 'a(<p>b  c</p>)\n', 'a(<p>b c</p>)\n'],
  ['a line that looks like a comment in an element', 'tsx', 'a(<p>\n// b\n</p>)\n', 'a(<p>\n// c\n</p>)\n'],
  ['a line break between elements that stood apart', 'tsx', 'a(<p><b/> <i/></p>)\n', 'a(<p><b/>\n<i/></p>)\n'],
  ['a line break in front of a reference', 'tsx', 'a(<p>b\n&amp;</p>)\n', 'a(<p>b&amp;</p>)\n'],
  ['a line break behind a reference', 'tsx', 'a(<p>&amp;\nb</p>)\n', 'a(<p>&amp;b</p>)\n'],
  ['a line break in an attribute', 'tsx', 'a(<p b="c d"/>)\n', 'a(<p b="c\nd"/>)\n'],
  ['a blank between elements', 'tsx', 'a(<p><b/> <i/></p>)\n', 'a(<p><b/><i/></p>)\n'],
  ['a blank that joins two signs', 'javascript', 'a(b + +c)\n', 'a(b ++ +c)\n'],
  ['code put into a comment', 'javascript', 'if (a) {\n  b()\n}\n', '/*\nif (a) {\n  b()\n}\n*/\n'],
  [
    'a factor that looks like a comment',
    'java',
    'class A { int f() { return a\n * b\n * c; } }\n',
    'class A { int f() { return a\n * d\n * c; } }\n',
  ],
  ['a hash in a string', 'python', 'a = """\n# one\n"""\n', 'a = """\n# two\n"""\n'],
  ['indentation of Python', 'python', 'if a:\n    b()\n    c()\n', 'if a:\n    b()\nc()\n'],
  ['the line break after a return in Go', 'go', inGo('return x()'), inGo('return\nx()')],
  ['a comment with a line break behind a return in Go', 'go', inGo('return /* a */ x()'), inGo('return /* a\n*/ x()')],
  ['blanks in a raw string of Go', 'go', 'package a\n\nvar s = `a\n  b`\n', 'package a\n\nvar s = `a\nb`\n'],
  ['blanks in a raw string of Rust', 'rust', inRust('r#"a  b"#;'), inRust('r#"a b"#;')],
  ['a blank in a macro of Rust', 'rust', inRust('m!(a - > b);'), inRust('m!(a -> b);')],
  [
    'blanks in a text block of Java',
    'java',
    'class A { String a = """\n  b\n   c"""; }\n',
    'class A { String a = """\n  b\n  c"""; }\n',
  ],
  ['a blank in a macro of C', 'c', '#define A (b)\n', '#define A(b)\n'],
  ['a line that continues a macro of C', 'c', '#define A b \\\n  int c;\n', '#define A b\n  int c;\n'],
  ['a comment of C that goes on', 'c', '// a\nb();\nc();\n', '// a \\\nb();\nc();\n'],
  ['blanks round an assignment of Bash', 'bash', 'n=5\n', 'n = 5\n'],
  ['a line of a here document', 'bash', 'cat <<EOF\n# one\nEOF\n', 'cat <<EOF\n# two\nEOF\n'],
  ['a blank line of a here document', 'bash', 'cat <<EOF\na\n\nEOF\n', 'cat <<EOF\na\nEOF\n'],
  ['a hash inside a word', 'bash', 'a b#c\n', 'a b#d\n'],
  ['a comment behind a backslash', 'bash', 'a \\\n# b\nc\n', 'a \\\nc\n'],
  ['the first line of a script', 'bash', '#!/bin/sh\na\n', '#!/bin/bash\na\n'],
  ['a blank behind a name of Ruby', 'ruby', 'a -b\n', 'a - b\n'],
  ['words of an array of Ruby', 'ruby', 'a = %w(\n# b\n)\n', 'a = %w(\n# c\n)\n'],
  ['data behind the end of Ruby', 'ruby', 'a\n__END__\n# b\n', 'a\n__END__\n# c\n'],
  ['a here document of PHP', 'php', '<?php\n$a = <<<X\n# b\nX;\n', '<?php\n$a = <<<X\n# c\nX;\n'],
  ['an attribute of PHP', 'php', '<?php\n#[A]\nfunction f() {}\n', '<?php\n#[B]\nfunction f() {}\n'],
  ['a string of PowerShell', 'powershell', '$a = @"\n# b\n"@\n', '$a = @"\n# c\n"@\n'],
  ['a blank behind a backtick of PowerShell', 'powershell', 'A `\n -b\n', 'A ` \n -b\n'],
  ['a blank between selectors', 'css', '.card .title { a: b }\n', '.card.title { a: b }\n'],
  ['a blank in a property of CSS', 'css', '.a { margin: 1px -2px }\n', '.a { margin: 1px - 2px }\n'],
  ['blanks in a string of C#', 'csharp', 'class A { string b = @"c  d"; }\n', 'class A { string b = @"c d"; }\n'],
  [
    'blanks in a raw string of C#',
    'csharp',
    'class A { string b = """\n  c\n  """; }\n',
    'class A { string b = """\n c\n  """; }\n',
  ],
  [
    'blanks in an interpolated string of C#',
    'csharp',
    'class A { string b = $"c  {d}"; }\n',
    'class A { string b = $"c {d}"; }\n',
  ],
  ['a name of a region', 'csharp', '#region A  B\n#endregion\n', '#region A B\n#endregion\n'],
  ['a number with another number', 'json', '[1, 2]', '[12]'],
  ['a blank in front of the first line', 'javascript', '#!/usr/bin/env node\na()\n', ' #!/usr/bin/env node\na()\n'],
  ['a directive above code', 'javascript', '#!/usr/bin/env node\na()\n', '#!/usr/bin/env bun\na()\n'],
  ['a hidden character', 'javascript', 'a(b, c)\n', 'a(b,\u00a0c)\n'],
])('%s is a difference of code (%s)', async (_, language, old, young) => {
  expect(['code', undefined]).toContain(await kindOf(language, old, young))
  expect(['code', undefined]).toContain(await kindOf(language, young, old))
})

test.each([
  ['a language without a grammar', 'sql', 'a', 'a '],
  ['a language that is called like a method', 'constructor', 'a', 'a '],
  ['broken code', 'javascript', 'a(\n', 'a( \n'],
  ['code that only was broken', 'javascript', 'a(\n', 'a()\n'],
  ['settings, whose programs differ', 'ini', '# a\n[b]\n', '# c\n[b]\n'],
  ['a page with PHP in it', 'php', '<p>\n<?php a(); ?>\n', '<p>\n\n<?php a(); ?>\n'],
  ['PHP below an empty line', 'php', '\n<?php a();\n', '\n\n<?php a();\n'],
  ['an address that is no comment', 'css', 'a { b: url(c/*d*/e) }\n', 'a { b: url(c/*f*/e) }\n'],
  ['a comment of C that may go on', 'c', '// a \\ \nint b;\n', '// c\nint b;\n'],
  [
    'text that is decoded in another way',
    'python',
    '# coding: unicode_escape\n# a\n',
    '# coding: unicode_escape\n# b\n',
  ],
  ['a line break that only C# sees', 'csharp', 'class A { // a\u2028 int b;\n}\n', 'class A { // a\u2028 int c;\n}\n'],
  ['escapes that end a comment of Java', 'java', 'class A { /* \\u002a/ a(); */ }\n', 'class A { }\n'],
  ['lines that only some programs see', 'javascript', '// a\rb()\n', 'b()\n'],
  ['a text too long to parse', 'javascript', `a()${'\n'.repeat(400_000)}`, 'a()'],
  ['lines of JSON', 'json', '{"a": 1}\n{"a": 2}\n', '{"a":1}\n{"a": 2}\n'],
])('nothing is known about %s', async (_, language, old, young) => {
  expect(await kindOf(language, old, young)).toBeUndefined()
})

test('each replacement is judged by itself', async () => {
  const old = 'a()\n// one\nb()\nc(1,2)\nd()\ne(1)\nf()\n'
  const young = 'a()\n// two\nb()\nc(1, 2)\nd()\ne(2)\nf()\n'
  const spans = [2, 4, 6].map((line) => ({ old: { from: line, to: line }, new: { from: line, to: line } }))
  const found = await compareTexts({ old, new: young }, 'javascript', spans)
  expect(found?.map(({ kind }) => kind)).toEqual(['comments', 'spacing', 'code'])
})

test('lines that a change far away takes into a comment make all of it code', async () => {
  const old = '/* a\n*/\nb()\n/* c */\nb()\nd(1,2)\n'
  const young = '/* a\nb()\n/* c */\nb()\nd(1, 2)\n'
  const spans = [
    { old: { from: 2, to: 2 }, new: { from: 2, to: 1 } },
    { old: { from: 6, to: 6 }, new: { from: 5, to: 5 } },
  ]
  const found = await compareTexts({ old, new: young }, 'javascript', spans)
  expect(found?.map(({ kind }) => kind)).toEqual(['code', 'code'])
})

test('one comment that changes in two places is compared as one', async () => {
  const old = '/*\n one\n same\n two\n*/\na()\n'
  const young = '/*\n ONE\n same\n TWO\n*/\na()\n'
  const spans = [2, 4].map((line) => ({ old: { from: line, to: line }, new: { from: line, to: line } }))
  const found = await compareTexts({ old, new: young }, 'javascript', spans)
  expect(found?.map(({ kind }) => kind)).toEqual(['comments', 'comments'])
})

test('the comments beside a change are told with it, because they may be about its lines', async () => {
  const old = '// first\na()\n// lint-disable-next-line\nb()\n// last\n'
  const young = '// first\na()\n// lint-disable-next-line\n// why\nb()\n// last\n'
  const found = await compareTexts({ old, new: young }, 'javascript', [replaced(old, young)])
  expect(found).toEqual([
    { kind: 'comments', comments: ['// lint-disable-next-line', '// lint-disable-next-line', '// why'] },
  ])
})

test('an empty line between a comment and its code is no mere spacing', async () => {
  const old = '// lint-disable-next-line\nb()\n'
  const found = await compareTexts({ old, new: '// lint-disable-next-line\n\nb()\n' }, 'javascript', [
    { old: { from: 2, to: 1 }, new: { from: 2, to: 2 } },
  ])
  expect(found?.[0]?.kind).toBe('comments')
})

/** What a program is, apart from where it is written; undefined for what is no program. */
function meaning(text: string): string | undefined {
  try {
    return JSON.stringify(parseAst(text, { lang: 'ts' }), (key, value) => (/^(start|end|raw)$/.test(key) ? 0 : value))
  } catch {
    return undefined
  }
}

test('a line break that makes another program is never mere spacing', async () => {
  const ends = 'return throw yield break async type static get set abstract declare a a++ a! (a) [a] {}'.split(' ')
  const begins = 'b (b) [b] {b} `b` /b/ -b +b ++b --b !b <b>c *b *b(){} b(){} =>b function\\tb(){} as\\tb is\\tb'.split(
    ' ',
  )
  const places = [
    ['', ''],
    ['async function* f() { ', ' }'],
    ['class A { ', ' }'],
    ['x = ', ''],
  ] as const
  const seen: string[] = []
  for (const [head, tail] of places) {
    for (const end of ends) {
      for (const begin of begins) {
        const write = (gap: string) => `${head}${end}${gap}${begin}${tail}`.replaceAll('\\t', ' ')
        const [flat, broken] = [write(' '), write('\n')] as const
        const meanings = [meaning(flat), meaning(broken)]
        if (meanings.includes(undefined) || meanings[0] === meanings[1]) continue
        seen.push(broken)
        expect(['code', undefined]).toContain(await kindOf('typescript', flat, broken))
      }
    }
  }
  expect(seen.length).toBeGreaterThan(30)
})
