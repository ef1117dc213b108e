import { expect, test } from 'vitest'
import { parsePatch } from '../../src/workspace/git/patch.ts'
import { trivialReason } from '../../src/input/trivial.ts'

function reasonOf(language: string, removed: string[], added: string[]) {
  const body = [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)].join('\n')
  const patch = `diff --git a/x b/x\n@@ -1,${removed.length} +1,${added.length} @@\n${body}\n`
  return trivialReason(
    (parsePatch(patch)[0] ?? []).flatMap((hunk) => hunk.lines),
    language,
  )
}

const space = 'only white space changed'
const comment = 'only comments changed'

test.each([
  ['javascript', ['f( a,b )'], ['  f(a, b)'], space],
  ['javascript', ['a  b'], ['a b'], space],
  ['javascript', [], ['', '  '], space],
  ['javascript', ['x\r'], ['x'], space],
  ['javascript', ['newFoo'], ['new Foo'], undefined],
  ['javascript', ['f("a  b")'], ['f("a b")'], undefined],
  ['javascript', ['  f("a b")'], ['f("a b")'], space],
  ['javascript', ['f()'], ['f(a)'], undefined],
  ['python', ['    return 0'], ['return 0'], undefined],
  ['yaml', ['a: 1'], ['  a: 1'], undefined],
  ['typescript', ['// a'], ['// b', '', ' * c'], comment],
  ['typescript', ['f()'], ['// f()'], undefined],
  ['typescript', ['// a'], ['// @ts-ignore'], undefined],
  ['typescript', [], ['// eslint-disable-next-line'], undefined],
  ['typescript', [], ['// AKIAIOSFODNN7EXAMPLE'], undefined],
  ['typescript', [], ['// is\u202eadmin'], undefined],
  ['c', ['x'], ['#include <a.h>'], undefined],
  ['c', ['/* a */'], ['* p = 3;'], undefined],
  ['c', ['/* a */'], ['/* a */ f();'], undefined],
  ['go', ['//go:build linux'], ['//go:build !linux'], undefined],
  ['python', ['# a'], ['# b'], comment],
  ['python', ['# a'], ['#!/usr/bin/env python3'], undefined],
  ['python', [], ['# type: ignore'], undefined],
  ['rust', ['// a'], ['#[derive(Debug)]'], undefined],
  ['text', ['# a'], ['# b'], undefined],
])('%s: %j to %j is %s', (language, removed, added, reason) => {
  expect(reasonOf(language, removed, added)).toBe(reason)
})
