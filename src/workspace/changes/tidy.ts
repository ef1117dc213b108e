import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pruneProposals } from './proposal.ts'
import type { ChangeStore } from './store.ts'

/** Old proposals go, and the contents that only they needed. What can't be taken away now is taken away another time. */
export async function tidy(store: ChangeStore): Promise<void> {
  try {
    const kept = await pruneProposals(store.folder)
    const { folder } = await store.own.place()
    const swept = await sweepObjects(folder, { keep: new Set(kept.flatMap(({ packs }) => packs)) })
    // It names contents that may be gone by now.
    if (swept) await rm(join(dirname(folder), 'index'), { force: true })
    await sweepFiles(store.folder)
  } catch {
    // Nothing depends on it.
  }
}

/** What an ended process left beside the proposals. */
async function sweepFiles(folder: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^(?:\..*\.tmp|(?:index\.|branch-|content-|merge-|without\.).*)$/.test(name)) continue
    const found = await stat(join(folder, name))
    if (now - found.mtimeMs > unusedMs) await rm(join(folder, name), { recursive: true, force: true })
  }
}

const unusedMs = 2 * 24 * 3600 * 1000

/** Drops the objects that no kept proposal needs, once they are old enough not to belong to a run of this moment. */
async function sweepObjects(
  own: string,
  { keep, now = Date.now() }: { keep: ReadonlySet<string>; now?: number },
): Promise<boolean> {
  let swept = false
  const objects = join(own, 'objects')
  for (const name of await readdir(objects, { recursive: true })) {
    const file = join(objects, name)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile() || now - found.mtimeMs < unusedMs) continue
    const [, pack] = /^pack\/(?:pack-)?([0-9a-f]+)\./.exec(name) ?? []
    if (pack !== undefined && keep.has(pack)) continue
    await rm(file, { force: true })
    swept = true
  }
  return swept
}
