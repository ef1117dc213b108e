import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command, commanded, createPlace, plainly } from '../hostile/commanding.ts'
import { everyByte } from '../workspace/changes/project.ts'
import { hasSandbox } from '../workspace/sandbox/found.ts'

const many = 'mkdir many && cd many && seq 200100 | xargs touch'

// Minutes on a slow disk.
const isShort = process.env['TORTURE_SECONDS'] !== undefined

test.skipIf(!hasSandbox || isShort)(
  'a command that makes 200,000 files ends the run with the limit, and leaves nothing',
  { timeout: 600_000 },
  async () => {
    const twin = createPlace()
    await plainly(twin, many, 120_000)
    expect(readdirSync(join(twin.root, 'many'))).toHaveLength(200_100)

    const place = createPlace()
    const before = everyByte(place.root)
    const { ended, report } = await commanded(place, [command(many)])
    expect(report.error?.message).toContain('more than 200,000 files')
    expect(ended.code).not.toBe(0)
    expect(report.proposal ?? null).toBeNull()
    expect(everyByte(place.root)).toEqual(before)
    expect(readdirSync(join(place.env['HOME'] ?? '', '.cache/local-brain/scratch'))).toEqual([])
  },
)
