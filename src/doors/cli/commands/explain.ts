import type { Command } from 'commander'
import { wrapLine } from '../../../text/wrap.ts'

/** What the help of a command says below its flags. */
export type Explanation = {
  /** What its arguments mean, in lines of at most 80 columns. */
  about?: string
  /** Lines to copy, each with what it does. */
  examples: readonly (readonly [line: string, what: string])[]
  /** What its exit codes mean, where they say more than those of a run. */
  codes?: string
  /** What it reads and writes besides what its arguments name. */
  files: string
}

/** Columns that a terminal has at least, unless a person made it narrow. */
const columns = 80
/** The explanation of a longer example goes below it. */
const maxExample = 44

export function explain(command: Command, { about, examples, codes, files }: Explanation): Command {
  const lines = examples.map(([line]) => line.length).filter((length) => length <= maxExample)
  const indent = Math.max(0, ...lines) + 4
  const text = [
    ...(about === undefined ? [] : [about]),
    ['Examples:', ...examples.flatMap((example) => exampleLines(example, indent))].join('\n'),
    ...(codes === undefined ? [] : [wrapLine(`Exit codes: ${codes}`, columns).join('\n')]),
    wrapLine(`Files: ${files}`, columns).join('\n'),
  ]
  return command.addHelpText('after', `\n${text.join('\n\n')}`)
}

function exampleLines([line, what]: readonly [string, string], indent: number): string[] {
  if (what === '') return [`  ${line}`]
  const [first = '', ...rest] = wrapLine(what, columns - indent)
  const isLong = line.length > maxExample
  const head = isLong ? [`  ${line}`, ' '.repeat(indent) + first] : [`  ${line}`.padEnd(indent) + first]
  return [...head, ...rest.map((more) => ' '.repeat(indent) + more)]
}
