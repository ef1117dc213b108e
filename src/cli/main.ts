#!/usr/bin/env node
import { version } from '../version.ts'

// The version needs nothing else, so nothing else is loaded for it.
const [first, second] = process.argv.slice(2)
if ((first === '--version' || first === '-V') && second === undefined) {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => (process.exitCode = code === 'EPIPE' ? 0 : 5))
  process.stdout.write(`${version}\n`)
} else {
  const { main } = await import('./program.ts')
  await main(process.argv.slice(2), version)
}
