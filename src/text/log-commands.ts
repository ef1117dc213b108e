/**
 * The beginning of a line that GitHub's runner and its kin read as a command: `::`, after whitespace. Escape codes of
 * colours count as whitespace, since some readers take them out first.
 */
const lineCommand = /^((?:[^\S\n\r\u2028\u2029]|\u0085|\u001b\[[\d;]*m)*)::/gm

/** The form of Azure, of TeamCity and of GitHub's first runners, which counts anywhere in a line: `##[`, `##vso[`. */
const bracketCommand = /##([\w.-]*)\[/g

/**
 * The text in a form in which no CI runner finds a command of its log. Colons that begin a line get a backslash, which
 * Markdown doesn't show; the bracket becomes `\u005b`, which in a JSON document is the same character. Such a document
 * has no line that begins with colons, so it means what it meant.
 */
export function neutralCommands(text: string): string {
  return (
    text
      // guard: runner-line
      .replace(lineCommand, '$1\\::')
      // guard: runner-bracket
      .replace(bracketCommand, '##$1\\u005b')
  )
}
