#!/usr/bin/env node
import { version } from '../version.ts'

// The version needs nothing else, so nothing else is loaded for it.
const [first, second] = process.argv.slice(2)
if ((first === '--version' || first === '-V') && second === undefined) {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => (process.exitCode = code === 'EPIPE' ? 0 : 5))
  process.stdout.write(`${version}\n`)
} else {
  try {
    const { main } = await import('./program.ts')
    await main(process.argv.slice(2), version)
  } catch (error) {
    // Part of the program could not be read. Node's own end would be a stack trace and 1, which means findings.
    process.exitCode = 3
    process.stderr.write(
      `error: ${(error as Error).message}\nhint: "ulimit -n" says how many files may be open; or install local-brain again\n`,
    )
  }
}
