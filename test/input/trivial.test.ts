import { describe, expect, test } from 'vitest'
import { isPlainComment } from '../../src/input/plain-comment.ts'
import { trivialReason } from '../../src/input/trivial.ts'
import { diffTexts } from '../../src/workspace/git/line-diff.ts'

const reasonOf = (path: string, language: string, before: string, after: string) =>
  trivialReason({ path, language, lines: diffTexts(before, after) })

const space = 'only white space changed'
const comment = 'only comments changed'
const both = 'only white space and comments changed'

describe('a change is trivial', () => {
  test.each([
    ['javascript', 'f( a,b )\n', 'f(a, b)\n', space],
    ['typescript', 'if (a) {\nb()\n}\n', 'if (a) {\n  b()\n}\n', space],
    ['java', 'class A{int a;}\n', 'class A {\n  int a;\n}\n', space],
    ['json', '{"a":1}\n', '{ "a": 1 }\n', space],
    ['python', 'a = 1\n\n\nb = 2\n', 'a = 1\nb = 2\n', space],
    ['javascript', '// one\nb()\n', '// two\nb()\n', comment],
    ['typescript', '// says one thing\na()\n', '// says another thing\na()\n', comment],
    ['python', '# fine\na()\n', '# This is called once for each order.\na()\n', comment],
    ['javascript', '// one\na()\nb( 1 )\n', '// two\na()\nb(1)\n', both],
    ['sql', 'select 1;\nselect 2;', 'select 1;\nselect 2;\n', undefined],
  ])('%s: %j to %j: %s', async (language, before, after, reason) => {
    expect(await reasonOf('a', language, before, after)).toBe(reason)
  })
})

describe('what may mean something is not', () => {
  test.each([
    ['lines that change places', 'javascript', 'allowed(user)\nerase(user)\n', 'erase(user)\nallowed(user)\n'],
    [
      'a line that moves far',
      'go',
      'package a\n\nfunc f() {\n\tmu.Lock()\n\tx()\n}\n\nfunc g() {\n\tx()\n}\n',
      'package a\n\nfunc f() {\n\tx()\n}\n\nfunc g() {\n\tmu.Lock()\n\tx()\n}\n',
    ],
    [
      'a line that moves to another table',
      'toml',
      '[client]\nverify = true\n[server]\n',
      '[client]\n[server]\nverify = true\n',
    ],
    ['an item that moves', 'json', '["a", "b"]\n', '["b", "a"]\n'],
    ['blanks in a shell', 'bash', 'n=5\n', 'n = 5\n'],
    ['blanks in a selector', 'css', '.card .title { a: b }\n', '.card.title { a: b }\n'],
    ['blanks in a template', 'javascript', 'a(`\n    x\n`)\n', 'a(`\n  x\n`)\n'],
    ['blanks in a string', 'javascript', 'f("a  b")\n', 'f("a b")\n'],
    ['an indent', 'python', 'if a:\n    b()\n    c()\n', 'if a:\n    b()\nc()\n'],
    ['an indent', 'yaml', 'a:\n  b: 1\n', 'a:\nb: 1\n'],
    ['blanks in a macro', 'c', '#define F(x) x\n', '#define F (x) x\n'],
    ['blanks in a page', 'html', '<p>a b</p>\n', '<p>ab</p>\n'],
    [
      'code that goes into a comment',
      'javascript',
      'if (!user.admin) {\n  throw x\n}\n',
      '/*\nif (!user.admin) {\n  throw x\n}\n*/\n',
    ],
    ['code that comes out of one', 'javascript', '/*\nevil()\n*/\n', '/**/\nevil()\n/**/\n'],
    [
      'an operator at the beginning',
      'java',
      'class A { int f() { return a\n    * b\n    * c; } }\n',
      'class A { int f() { return a\n    * b\n    * d; } }\n',
    ],
    ['a line of a here document', 'bash', 'cat <<EOF\n# one\nEOF\n', 'cat <<EOF\n# two\nEOF\n'],
    ['a comment of a migration', 'sql', '-- +goose Down\n', ''],
    ['a comment of a scanner', 'hcl', 'a = 1\n', '# checkov:skip=CKV_9:no\na = 1\n'],
    ['a comment of another', 'python', '# fine\na()\n', '# nosemgrep\na()\n'],
    [
      'a comment beside one that is obeyed',
      'javascript',
      '// eslint-disable-next-line\na()\n',
      '// why\n// eslint-disable-next-line\na()\n',
    ],
  ])('%s in %s', async (_, language, before, after) => {
    expect(await reasonOf('a', language, before, after)).toBeUndefined()
  })

  test('what an example of Go has to print', async () => {
    const example = (end: string) =>
      `package a\n\nfunc ExampleF() {\n\tf()\n\t// Output:\n\t// one\n\t// two\n\t// ${end}\n}\n`
    expect(await reasonOf('a_test.go', 'go', example('three'), example('four'))).toBeUndefined()
  })
})

describe('a comment is plain', () => {
  test.each([
    ['// one', 'javascript'],
    ['# fine', 'python'],
    ['// says another thing', 'typescript'],
    ['/* This is read by all callers, also before they start to write. */', 'java'],
    ['/**\n * Returns the sum of all orders.\n * It is never less than zero.\n */', 'java'],
    ['# We don’t know why it is so slow.', 'ruby'],
    ['// Invoices are sent at night.', 'go'],
    ['// Счета отправляются ночью.', 'go'],
    ['// 請求書は夜に送られる。', 'go'],
    ['', 'go'],
    ['//', 'go'],
  ])('%j', (text, language) => {
    expect(isPlainComment(text, language)).toBe(true)
  })

  test.each([
    '// nosemgrep',
    '# noqa',
    '# NOLINT',
    '// nolint for now',
    '# nosec because we know better',
    '// eslint-disable-next-line no-console',
    '/* eslint disable */',
    '// prettier-ignore',
    '/* istanbul ignore next */',
    '// c8 ignore next 3',
    '/* c8 ignore start */',
    '// @ts-ignore',
    '// @ts-expect-error it is so',
    '// biome-ignore lint: it is so',
    '// deno-lint-ignore no-explicit-any',
    '/* webpackChunkName: "a" */',
    '/*#__PURE__*/',
    '// fall through',
    '// falls through',
    '/* FALLTHRU */',
    '/* NOTREACHED */',
    '// TODO(ann): make it fast',
    '// TODO make it fast, it is slow',
    '// DO NOT SUBMIT',
    '// Code generated by x. DO NOT EDIT.',
    '// clang-format off',
    '# fmt: off',
    '# fmt off',
    '# pylint disable all of it',
    '# type: ignore',
    '# pragma no cover',
    '# -*- coding: latin-1 -*-',
    '# frozen_string_literal: true',
    '# shellcheck disable=SC2086',
    '// +build linux',
    '//go:build linux',
    '//go:generate stringer',
    '// #region a',
    '// region of the north',
    '// MARK: - Life',
    '// Output:',
    '// language=SQL',
    '// noinspection SqlResolve',
    '// gitleaks:allow',
    '// lint off here',
    '/* exported f, g */',
    '/* global f */',
    '/*! keep */',
    '// sourceMappingURL=a.js.map',
    '// see https://example.com',
    '// if (a) b()',
    '// a = b',
    '// call f() first',
    '// user.name is null',
    '// isAdmin is true',
    '// the key is AKIAIOSFODNN7EXAMPLE',
    '// the password is hunter',
    '// is\u202eadmin',
    '// with `code` in it',
    '// >>> half(2)',
    '# .SYNOPSIS',
    '#Requires -Version 5',
    '/**\n * Adds two numbers.\n * @param a one\n */',
    '/**\n * Adds two numbers.\n * frobcheck silent\n */',
    '// frobcheck silent',
    '// frobcheck be silent for all of this',
  ])('no: %j', (text) => {
    expect(isPlainComment(text, 'typescript')).toBe(false)
  })

  test('an example in the documentation of Rust is compiled', () => {
    expect(isPlainComment('/// One of them.', 'rust')).toBe(false)
    expect(isPlainComment('// One of them.', 'rust')).toBe(true)
  })
})
