import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { findSandbox } from '../../../src/workspace/sandbox/find.ts'

const own = realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-')))
afterAll(() => rmSync(own, { recursive: true, force: true }))

/** The sandbox of the machine that runs the tests, or why there is none. */
export const found = await findSandbox({ path: process.env['PATH'], folders: [], own }, new AbortController().signal)
export const hasSandbox = 'run' in found
