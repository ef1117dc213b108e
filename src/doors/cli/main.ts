#!/usr/bin/env node
// The build knows it. version.ts lies in a chunk with all that a run needs, and the version needs nothing.
declare const __VERSION__: string

const [first, second] = process.argv.slice(2)
if ((first === '--version' || first === '-V') && second === undefined) {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => (process.exitCode = code === 'EPIPE' ? 0 : 5))
  process.stdout.write(`${__VERSION__}\n`)
} else {
  void import('./program.ts')
    .then(async ({ main }) => main(process.argv.slice(2), __VERSION__))
    .catch(({ message }: Error) => {
      // Part of the program could not be read. Node's own end would be a stack trace and 1, which means findings.
      // guard: broken-installation
      process.exitCode = 3
      const hint = '"ulimit -n" says how many files may be open; or install local-brain again'
      process.stderr.write(`error: ${message.split('\n')[0]}\nhint: ${hint}\n`)
    })
}
