/** A text as one word of a POSIX shell: as it stands where nothing in it is special, else in quotes. */
export function shellWord(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
