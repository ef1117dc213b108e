import { wrapLine } from '../../text/wrap.ts'
import { writeOut } from './output.ts'

/** Columns that the text beside a flag or an example needs; with fewer it goes below. */
const minBeside = 24
const below = 6

/**
 * Prints help that is laid out for 80 columns on a terminal that has fewer. Sentences are wrapped again, and what stands
 * beside a flag continues in its column, or goes below it. A line to copy is never broken.
 */
export async function printHelp(help: string): Promise<void> {
  const columns = process.stdout.columns || 80
  const blocks = blocksOf(help.split('\n')).map((block) => layOut(block, columns))
  await writeOut(blocks.join('\n'))
}

/** A sentence, or a flag or example, with the text beside it from column `at` on. */
type Block = { head: string; text: string; at: number }

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  let last: Block | undefined
  for (const line of lines) {
    const [, head = '', beside] = /^( {2,}\S.*?) {2,}(\S.*)$/.exec(line) ?? []
    const indent = line.search(/\S|$/)
    const goesOn = beside === undefined && line !== '' && last !== undefined && indent >= (last.head === '' ? 0 : below)
    const isAnnounced = last !== undefined && /(?<!\(\w*):$/.test(last.text)
    if (goesOn && !isAnnounced && last !== undefined) {
      last.text = `${last.text} ${line.trim()}`.trim()
      last.at ||= indent
      continue
    }
    last = blockOf(line, { head, beside, indent })
    blocks.push(last)
    if (line === '') last = undefined
  }
  return blocks
}

function blockOf(line: string, { head, beside, indent }: { head: string; beside?: string; indent: number }): Block {
  // Cells of a table, where there are more than two.
  if (beside !== undefined) return { head, text: beside.replaceAll(/ {2,}/g, ' | '), at: line.length - beside.length }
  return indent === 0 ? { head: '', text: line, at: 0 } : { head: `  ${line.trim()}`, text: '', at: 0 }
}

function layOut({ head, text, at }: Block, columns: number): string {
  if (head === '') return wrapLine(text, columns, text.startsWith('Usage: ') ? 2 : 0).join('\n')
  if (text === '') return head
  const isBeside = head.length < at && columns - at >= minBeside
  const indent = ' '.repeat(isBeside ? at : below)
  const lines = wrapLine(text, columns - indent.length).map((line) => indent + line)
  return isBeside ? head.padEnd(at) + lines.join('\n').slice(at) : [head, ...lines].join('\n')
}
