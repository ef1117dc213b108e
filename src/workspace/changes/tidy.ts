import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Proposal, pruneProposals, removeProposal } from './proposal.ts'
import type { ChangeStore } from './store.ts'

/** Bytes that a project may take in all. */
const maxStore = 500 * 1024 * 1024

const hourMs = 3600 * 1000
/** Objects that no proposal needs stay for the next snapshot, which is faster with them. Where there is no room they go sooner. */
const unusedMs = { usual: 48 * hourMs, full: hourMs }

/** Old proposals go, and the contents that only they needed. What can't be taken away now is taken away another time. */
export async function tidy(store: ChangeStore, { maxBytes = maxStore } = {}): Promise<void> {
  try {
    const kept = await pruneProposals(store.folder)
    const { folder } = await store.own.place()
    const swept = await sweepObjects(folder, { kept, unused: unusedMs.usual })
    const more = await makeRoom(store, kept, maxBytes)
    // It names contents that may be gone by now.
    if (swept || more) await rm(join(dirname(folder), 'index'), { force: true })
    await sweepFiles(store.folder)
  } catch {
    // Nothing depends on it.
  }
}

/** What a proposal does not need goes first, then the oldest proposals. The newest one stays, however large it is. */
async function makeRoom(store: ChangeStore, proposals: readonly Proposal[], maxBytes: number): Promise<boolean> {
  if ((await sizeOf(store.folder)) <= maxBytes) return false
  const { folder } = await store.own.place()
  const kept = proposals.toSorted((a, b) => (a.created < b.created ? 1 : -1))
  let swept = await sweepObjects(folder, { kept, unused: unusedMs.full })
  // guard: store-size
  while (kept.length > 1 && (await sizeOf(store.folder)) > maxBytes) {
    const oldest = kept.pop() as Proposal
    await removeProposal(store.folder, oldest)
    swept = (await removePacks(folder, oldest, kept)) || swept
  }
  return swept
}

/** Bytes of all files below a folder. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder, { recursive: true })) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found?.isFile()) bytes += found.size
  }
  return bytes
}

/** What an ended process left beside the proposals. */
async function sweepFiles(folder: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^(?:\..*\.tmp|(?:index\.|branch-|content-|merge-|without\.).*)$/.test(name)) continue
    const found = await stat(join(folder, name))
    if (now - found.mtimeMs > unusedMs.usual) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** Drops the objects that no kept proposal needs, once they are old enough not to belong to a run of this moment. */
async function sweepObjects(
  own: string,
  { kept, unused, now = Date.now() }: { kept: readonly Proposal[]; unused: number; now?: number },
): Promise<boolean> {
  let swept = false
  const keep = new Set(kept.flatMap(({ packs }) => packs))
  const objects = join(own, 'objects')
  for (const name of await readdir(objects, { recursive: true })) {
    const file = join(objects, name)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile() || now - found.mtimeMs < unused) continue
    const pack = packOf(name)
    if (pack !== undefined && keep.has(pack)) continue
    await rm(file, { force: true })
    swept = true
  }
  return swept
}

/** The contents of a proposal that is gone. They belong to nothing else. */
async function removePacks(own: string, gone: Proposal, kept: readonly Proposal[]): Promise<boolean> {
  const needed = new Set(kept.flatMap(({ packs }) => packs))
  const packs = join(own, 'objects/pack')
  const names = (await readdir(packs)).filter((name) => {
    const pack = packOf(`pack/${name}`)
    return pack !== undefined && gone.packs.includes(pack) && !needed.has(pack)
  })
  for (const name of names) await rm(join(packs, name), { force: true })
  return names.length > 0
}

/** Of a file below `objects`: the pack that it belongs to. */
function packOf(name: string): string | undefined {
  return /^pack\/(?:pack-)?([0-9a-f]+)\./.exec(name)?.[1]
}
