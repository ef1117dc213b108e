import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { openChangeStore } from '../../src/workspace/changes/store.ts'
import { localBrain } from '../doors/cli/local-brain.ts'
import { everyByte, proposeIn } from '../workspace/changes/project.ts'
import { createFolder, createRepository, environment, write } from '../workspace.ts'

const files = { 'src/a.ts': 'one\ntwo\n', 'gone.txt': 'gone\n', 'old.txt': 'some\nlines\nhere\n', 'z.txt': 'z\n' }
/** A folder that gives way to a file, and a file that gives way to a folder. */
const swapped = { 'f/g/h.txt': 'h\n', e: 'e\n' }
const shim = pathToFileURL(join(import.meta.dirname, 'fail-nth.mjs')).href

/** One call in four, where there is no time: each of a thousand takes a fifth of a second. */
const isShort = process.env['TORTURE_SECONDS'] !== undefined

/** A project with a proposal that creates, changes, moves and deletes files, one of them where a folder was. */
async function prepare() {
  const top = createRepository({ ...files, ...swapped })
  const HOME = createFolder()
  const paths = { state: join(HOME, '.local/state/local-brain'), cache: join(HOME, '.cache/local-brain') }
  const store = await openChangeStore({ top, paths, environment })
  await proposeIn(store, (copy) => {
    write(copy, { 'src/a.ts': 'one\nTWO\n', 'new/deep/c.txt': 'c\n', 'z.txt': 'zz\n' })
    rmSync(join(copy, 'gone.txt'))
    renameSync(join(copy, 'old.txt'), join(copy, 'moved.txt'))
    for (const path of ['f', 'e']) rmSync(join(copy, path), { recursive: true })
    write(copy, { f: 'f\n', 'e/i.txt': 'i\n' })
  })
  return { top, env: { HOME } }
}

/** Everything but git's own folder, which nobody writes to. */
function state(top: string): string {
  return JSON.stringify(Object.entries(everyByte(top)).filter(([path]) => !path.startsWith('.git/')))
}

// Whatever fails or ends the program in the middle of writing, after the next start there is all of it or nothing.
test.each(['ENOSPC', 'KILL'])('apply and undo are whole or not at all, whichever call fails: %s', async (code) => {
  const { top, env } = await prepare()
  const before = state(top)
  expect(await localBrain(['apply'], { cwd: top, env })).toMatchObject({ code: 0 })
  const after = state(top)
  const failing = { ...env, NODE_OPTIONS: `--import=${shim}`, FAIL_ON: `^${top}/|journal|\\.tmp$`, FAIL_CODE: code }
  const failed: string[] = []
  for (const [command, other] of [
    ['undo', 'apply'],
    ['apply', 'undo'],
  ] as const) {
    // Being killed takes the same ways back as a failure does: half as many calls are enough.
    const step = (isShort ? 4 : 1) * (code === 'KILL' ? 2 : 1)
    for (let nth = 1; ; nth += step) {
      const from = state(top)
      const run = await localBrain([command], { cwd: top, env: { ...failing, FAIL_NTH: String(nth) } })
      const name = /\[failed:(.*)\]/.exec(run.stderr)?.[1] ?? 'killed'
      failed.push(name)
      const what = `${command}, ${code} at call ${nth} (${name}): ${run.stderr}`
      // What takes the rest away may fail as well, or be cut off: the next start does it.
      if (name.startsWith('rm') || code === 'KILL')
        expect((await localBrain(['changes'], { cwd: top, env })).code).toBe(0)
      else
        expect({ what, known: (state(top) === from && name !== '' ? [2, 5] : [0]).includes(run.code ?? -1) }).toEqual({
          what,
          known: true,
        })
      const now = state(top)
      expect({ what, whole: now === before || now === after }).toEqual({ what, whole: true })
      if (name === '') break
      if (now !== from) expect((await localBrain([other], { cwd: top, env })).code).toBe(0)
      expect({ what, isAsBefore: state(top) === from }).toEqual({ what, isAsBefore: true })
    }
  }
  expect(state(top)).toBe(after)
  if (code !== 'KILL')
    expect(failed).toEqual(expect.arrayContaining(['open', 'rename', 'link', 'handle.sync', 'handle.writeFile']))
})
