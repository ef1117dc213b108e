/** `exit 1`; of what bash says by an exit code, in words. */
export function exitWords(exitCode: number | null): string {
  if (exitCode === null) return 'ended by a signal'
  const known = { 126: ': a file cannot be run', 127: ': a command was not found' }[exitCode] ?? ''
  return `exit ${exitCode}${known}`
}
