#!/usr/bin/env node
// The build knows it. version.ts lies in a chunk with all that a run needs, and the version needs nothing.
declare const __VERSION__: string

const [first, second] = process.argv.slice(2)
if ((first === '--version' || first === '-V') && second === undefined) {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => (process.exitCode = code === 'EPIPE' ? 0 : 5))
  process.stdout.write(`${__VERSION__}\n`)
} else {
  void import('./program.ts').then(({ main }) => main(process.argv.slice(2), __VERSION__))
}
