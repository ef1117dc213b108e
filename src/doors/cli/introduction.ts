import { wrapLine } from '../../text/wrap.ts'

/** What the program says when nothing was asked of it: at most 20 lines of 80 columns, and more on a narrow terminal. */
export function introduction(columns?: number): string {
  return withCommands(text, columns)
}

/**
 * Sentences and commands, each with what it does. On a narrow terminal the explanation goes below the command, which is
 * never broken.
 */
export function withCommands(lines: string, columns = 80): string {
  if (columns >= 80) return lines
  return lines.replaceAll(/^(?: {2}(\S.*?) {2,})?(.+)$/gm, (_, command: string | undefined, words: string) =>
    command === undefined ? wrapLine(words, columns).join('\n') : `  ${command}\n      ${words}`,
  )
}

const text = `local-brain: a second pair of eyes for your code that never leaves the machine.
Usage: local-brain [options] [prompt...]

  local-brain setup                          from nothing to a first answer
  local-brain demo                           see it work, without any model

  local-brain --git-diff                     review the staged changes
  local-brain -f src/a.ts                    review a file
  local-brain "where is the timeout set?"    ask about this repository
  local-brain -s commit-message --git-diff   a message for the staged changes
  git log -5 | local-brain -s summarize      work on piped text

  local-brain doctor                         what is there and what is missing
  local-brain --help                         all options and commands
`
