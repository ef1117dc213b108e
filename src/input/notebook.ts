import type { PatchLine } from '../workspace/git/patch.ts'

/** The code cells of a notebook: each of their lines with its line number in the file. */
export type Notebook = { language: string; lines: { number: number; text: string }[] }

export function isNotebook(path: string): boolean {
  return /\.ipynb$/i.test(path)
}

type Cell = { type: string; source: { number: number; text: string }[] }

/** What a notebook's file says, read so that its lines can be named; undefined for what is no notebook. */
export function readNotebook(text: string): Notebook | undefined {
  const whole = parse(text)
  if (!isRecord(whole) || !Array.isArray(whole['cells'])) return undefined
  const code = readCells(text).filter(({ type }) => type === 'code')
  return { language: languageIn(whole['metadata']), lines: code.flatMap(({ source }) => source.flatMap(splitSource)) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function languageIn(metadata: unknown): string {
  if (!isRecord(metadata)) return 'python'
  const { kernelspec, language_info: info } = metadata
  const name = (isRecord(info) && info['name']) || (isRecord(kernelspec) && kernelspec['language'])
  return typeof name === 'string' ? name.toLowerCase() : 'python'
}

/** One string of the file may hold several lines of code; they all stand on its line. */
function splitSource({ number, text }: { number: number; text: string }) {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => ({ number, text: line }))
}

/** The cells of a text that is known to be JSON, in order. */
function readCells(text: string): Cell[] {
  const cells: Cell[] = []
  /** The key or `[]` of every level. */
  const path: string[] = []
  let key = ''
  for (const { token, number } of tokensOf(text)) {
    if (token === '{' || token === '[') {
      path.push(token === '[' ? `${key}[]` : key)
      key = ''
      if (token === '{' && path.length === 3 && path[1] === 'cells[]') cells.push({ type: '', source: [] })
    } else if (token === '}' || token === ']') {
      path.pop()
      key = ''
    } else if (token.endsWith(':')) key = JSON.parse(token.slice(0, -1)) as string
    else if (token.startsWith('"')) addString(cells.at(-1), { path, key, number, text: JSON.parse(token) as string })
  }
  return cells
}

type Found = { path: readonly string[]; key: string; number: number; text: string }

function addString(cell: Cell | undefined, { path, key, number, text }: Found): void {
  if (!cell || path[1] !== 'cells[]') return
  if (path.length === 3 && key === 'cell_type') cell.type = text
  const isSource = (path.length === 3 && key === 'source') || (path.length === 4 && path[3] === 'source[]')
  if (isSource) cell.source.push({ number, text })
}

/** Brackets, and strings, of which keys keep their colon; numbers and words say nothing here. */
function* tokensOf(text: string): Generator<{ token: string; number: number }> {
  let number = 1
  for (const [token] of text.matchAll(/\n|[[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?/gs)) {
    if (token === '\n') number += 1
    else {
      yield { token: token.endsWith(':') ? `${token.slice(0, -1).trimEnd()}:` : token, number }
      if (token.startsWith('"')) number += token.match(/\n/g)?.length ?? 0
    }
  }
}

/** The lines of a change that are code of the notebook, as code; undefined when a side is no notebook. */
export function codeOfChange(lines: readonly PatchLine[]): { language: string; lines: PatchLine[] } | undefined {
  const side = (left: 'added' | 'removed') => {
    const text = lines.filter(({ kind }) => kind !== left).map((line) => line.text)
    return text.length === 0 ? emptyNotebook : readNotebook(text.join('\n'))
  }
  const [old, now] = [side('added'), side('removed')]
  if (!old || !now) return undefined
  const [oldCode, newCode] = [byNumber(old), byNumber(now)]
  const code = lines.flatMap((line) => {
    const texts = line.new === null ? oldCode.get(line.old ?? 0) : newCode.get(line.new)
    return (texts ?? []).map((text) => ({ ...line, text }))
  })
  return { language: now.lines.length > 0 ? now.language : old.language, lines: code }
}

const emptyNotebook: Notebook = { language: 'python', lines: [] }

function byNumber({ lines }: Notebook): Map<number, string[]> {
  const code = new Map<number, string[]>()
  for (const { number, text } of lines) code.set(number, [...(code.get(number) ?? []), text])
  return code
}

/** Code that lies further apart in the file is shown apart. */
const maxGap = 200

/** The code of a notebook as texts that keep each line at its line number in the file, as far as possible. */
export function textsOfNotebook({ lines }: Notebook): { startLine: number; text: string }[] {
  const texts: { startLine: number; text: string; next: number }[] = []
  for (const { number, text } of lines) {
    const last = texts.at(-1)
    if (!last || number - last.next > maxGap) texts.push({ startLine: number, text: `${text}\n`, next: number + 1 })
    else {
      last.text += `${'\n'.repeat(Math.max(0, number - last.next))}${text}\n`
      last.next = Math.max(number, last.next) + 1
    }
  }
  return texts.map(({ startLine, text }) => ({ startLine, text }))
}
