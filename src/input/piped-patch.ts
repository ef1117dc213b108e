import type { Change } from '../workspace/git/change-list.ts'
import { type PatchLine, kinds } from '../workspace/git/patch.ts'
import { type FileHead, namesOf } from './patch-names.ts'

/** One file of a patch. `cut`: the text ended inside of it. */
export type PatchedFile = { change: Change; lines: PatchLine[]; cut: boolean }

/**
 * A unified diff as somebody pipes it in: of git with any prefixes, as a commit, a mail or with statistics, of other
 * version control, of plain `diff -u`, in colours. Undefined for what is no patch: a list with `-` and `+`, or a text
 * that quotes one.
 */
export function readPipedPatch(text: string): PatchedFile[] | undefined {
  const files = readFiles(text)
  if (files || !text.includes('\u001b[')) return files
  return readFiles(text.replace(/\u001b\[[\d;]*[mK]/g, ''))
}

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/
const combinedHeader = /^(@{3,}) ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? @{3,}/

/** Begins a commit or a mail, whose words stand before the patch. */
const cover =
  /^(?:From [0-9a-f]{7,64} |(?:From|Subject|Date|Message-ID|MIME-Version|Received|Return-Path|X-[\w-]+): |commit [0-9a-f]{7,64}\b|[0-9a-f]{7,64} \S|# HG changeset patch|changeset: +\d+:|Property changes on: |r\d+ \| |tag \S|(?:Description|Author|Origin|Forwarded|Bug(?:-\w+)?|Last-Update|Signed-off-by): )/i
/** What tools write between files. */
const between =
  /^(?:\s*$|diff |Index: |={3,}|-{3,}\s*$|RCS file: |retrieving revision |Only in |Common subdirectories: |Files .* differ$|Binary files .* differ$|(?:old|new|deleted file|new file) mode \d+|(?:dis)?similarity index |(?:rename|copy) (?:from|to) |index [0-9a-f]+|GIT binary patch|\\ | .* \| +(?:\d+|Bin)\b| \d+ files? changed| (?:create|delete|rename|copy|mode) .*|=== (?:modified|added|removed|renamed) |:\d{6} |(?:\d+\t\d+|-\t-)\t)/

/** A longer line outside of hunks is no header. */
const maxHeaderChars = 4000

type Reader = { isDone: () => boolean; peek: (ahead?: number) => string; next: () => string }

function readerOf(text: string): Reader {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let at = 0
  return {
    isDone: () => at >= lines.length,
    /** A line further on, without the return of a Windows line end. */
    peek: (ahead = 0) => (lines[at + ahead] ?? '').replace(/\r$/, ''),
    next: () => lines[at++] ?? '',
  }
}

type Head = FileHead & { modes?: [string, string]; isBinary?: boolean }

function readFiles(text: string): PatchedFile[] | undefined {
  const reader = readerOf(text)
  const files: PatchedFile[] = []
  let isCover = false
  let head: Head = {}
  const finish = (lines: PatchLine[], cut = false) => {
    const file = fileOf(head, lines, cut)
    if (file) files.push(file)
    head = {}
  }
  /** A file without hunks ends where something else begins. */
  const finishOpen = () => {
    if (head.git !== undefined) finish([])
  }
  while (!reader.isDone()) {
    const line = reader.peek()
    if (startsHunks(reader)) {
      if (head.isBinary) finish([])
      head = { ...head, old: line.slice(4), now: reader.peek(1).slice(4) }
      reader.next()
      reader.next()
      const hunks = readHunks(reader)
      if (!hunks) return undefined
      finish(hunks.lines, hunks.cut)
      isCover = false
      continue
    }
    const git = gitNames(line)
    const isCoverNow = cover.test(line) || line === '-- '
    if (git !== undefined || isCoverNow) finishOpen()
    if (line.length > maxHeaderChars) return undefined
    if (git !== undefined) head = { git }
    else if (!isCoverNow && !isCover && !between.test(line)) return undefined
    else head = withLine(head, line)
    isCover = git === undefined && (isCover || isCoverNow)
    reader.next()
    if (line === 'GIT binary patch') skipBinary(reader)
  }
  finishOpen()
  return files.length > 0 ? files : undefined
}

/** Both names as `diff --git` has them, or as other tools say that they did not compare. */
function gitNames(line: string): string | undefined {
  const merged = /^diff --(?:cc|combined) (.+)$/.exec(line)?.[1]
  if (merged !== undefined) return `${merged} ${merged}`
  return /^diff --git (.+)$/.exec(line)?.[1]
}

/** `--- a`, `+++ b`, and a hunk: nothing else is the beginning of a file's changes. */
function startsHunks(reader: Reader): boolean {
  const third = reader.peek(2)
  return (
    reader.peek().startsWith('--- ') &&
    reader.peek(1).startsWith('+++ ') &&
    (hunkHeader.test(third) || combinedHeader.test(third))
  )
}

/** What a line before the hunks says. */
function withLine(head: Head, line: string): Head {
  const [, key = '', value = ''] =
    /^(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|Index:|index) (.*)$/.exec(
      line,
    ) ?? []
  const [old, now] = head.modes ?? ['100644', '100644']
  switch (key) {
    case 'old mode':
      return { ...head, modes: [value, now] }
    case 'new mode':
      return { ...head, modes: [old, value] }
    case 'new file mode':
      return { ...head, modes: ['000000', value] }
    case 'deleted file mode':
      return { ...head, modes: [value, '000000'] }
    case 'index': {
      const mode = / (\d{6})$/.exec(value)?.[1]
      return mode === undefined ? head : { ...head, modes: [mode, mode] }
    }
    case 'rename from':
      return { ...head, from: value }
    case 'rename to':
      return { ...head, to: value }
    case 'Index:':
      return { ...head, index: value }
    default:
      return withBinary(head, line)
  }
}

function withBinary(head: Head, line: string): Head {
  if (line === 'GIT binary patch') return { ...head, isBinary: true }
  const [, old, now] = /^Binary files (.+) and (.+) differ$/.exec(line) ?? []
  return now === undefined ? head : { git: `${old} ${now}`, ...head, isBinary: true }
}

function skipBinary(reader: Reader): void {
  while (!reader.isDone() && /^(?:(?:literal|delta) \d+|[A-Za-z][\x21-\x7e]+|)$/.test(reader.peek())) {
    reader.next()
  }
}

function fileOf(head: Head, lines: PatchLine[], cut: boolean): PatchedFile | undefined {
  const names = namesOf(head)
  if (!names) return undefined
  const isNew =
    head.old?.startsWith('/dev/null') || (lines[0]?.new === 1 && lines.every(({ kind }) => kind === 'added'))
  const isGone = head.now?.startsWith('/dev/null')
  const [oldMode, newMode] = head.modes ?? [isNew ? '000000' : '100644', isGone ? '000000' : '100644']
  const count = (kind: PatchLine['kind']) => lines.filter((line) => line.kind === kind).length
  const size = head.isBinary ? null : { added: count('added'), removed: count('removed') }
  const status = oldMode === '000000' ? 'A' : newMode === '000000' ? 'D' : names.oldPath === undefined ? 'M' : 'R'
  return { change: { ...names, status, oldMode, newMode, size }, lines, cut }
}

type Hunks = { lines: PatchLine[]; cut: boolean }

/** The hunks of one file; undefined when a line has no mark, so that the text is no patch. */
function readHunks(reader: Reader): Hunks | undefined {
  const hunks: Hunks = { lines: [], cut: false }
  for (;;) {
    const plain = hunkHeader.exec(reader.peek())
    const combined = plain ? null : combinedHeader.exec(reader.peek())
    if (!plain && !combined) return hunks
    reader.next()
    const isRead = plain
      ? readHunk(reader, hunks, { olds: [range(plain[1], plain[2])], now: range(plain[3], plain[4]) })
      : readHunk(reader, hunks, {
          olds: (combined?.[2] ?? '')
            .trim()
            .split(' ')
            .map((text) => range(...(text.slice(1).split(',') as [string]))),
          now: range(combined?.[3], combined?.[4]),
        })
    if (!isRead) return undefined
    while (reader.peek().startsWith('\\')) {
      const last = hunks.lines.at(-1)
      if (last) last.unended = true
      reader.next()
    }
  }
}

type Range = { at: number; end: number }

function range(start = '0', count = '1'): Range {
  return { at: Number(start), end: Number(start) + Number(count) }
}

/** One hunk by the counts of its header. Of a merge every line has a mark for each parent. */
function readHunk(reader: Reader, hunks: Hunks, { olds, now }: { olds: Range[]; now: Range }): boolean {
  const isLeft = ({ at, end }: Range) => at < end
  while (isLeft(now) || olds.some(isLeft)) {
    if (reader.isDone()) {
      hunks.cut = true
      return true
    }
    const line = reader.next()
    if (line.startsWith('\\')) {
      const last = hunks.lines.at(-1)
      if (last) last.unended = true
      continue
    }
    // Mailers and some diffs leave the mark of an empty line away.
    const isEmpty = line === '' || line === '\r'
    const marks = isEmpty ? ' '.repeat(olds.length) : line.slice(0, olds.length)
    if (!/^[ +-]+$/.test(marks) || marks.length < olds.length) return false
    const kind = kinds[marks.includes('-') ? '-' : marks.includes('+') ? '+' : ' '] ?? 'context'
    const [first] = olds
    hunks.lines.push({
      kind,
      text: isEmpty ? line : line.slice(olds.length),
      old: kind === 'added' ? null : (first?.at ?? null),
      new: kind === 'removed' ? null : now.at,
    })
    for (const [index, old] of olds.entries()) if (marks[index] === (kind === 'removed' ? '-' : ' ')) old.at += 1
    if (kind !== 'removed') now.at += 1
  }
  return true
}
