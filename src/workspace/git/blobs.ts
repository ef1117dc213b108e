import type { Git } from './git.ts'

/** A blob of the repository: its size, and bytes from its start. */
export type Blob = { size: number; bytes: Buffer }

type Wish = { id: string; maxBytes: number; resolve: (blob: Blob) => void; reject: (error: unknown) => void }

/** What is bigger is read by itself, so that no more of it than asked for is held. */
const smallBytes = 256 * 1024

/** Reads blobs, at most `maxBytes` of each. All that is asked for at once takes two processes, not two for each. */
export function createBlobReader(git: Git): (id: string, maxBytes: number) => Promise<Blob> {
  let waiting: Wish[] = []
  const start = () => {
    const wishes = waiting
    waiting = []
    grant(git, wishes).catch((error: unknown) => {
      for (const { reject } of wishes) reject(error)
    })
  }
  return (id, maxBytes) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(start)
      waiting.push({ id, maxBytes, resolve, reject })
    })
}

async function grant(git: Git, wishes: readonly Wish[]): Promise<void> {
  const input = listed(wishes)
  const sizes = (await git.run(['cat-file', '--batch-check=%(objectsize)'], { input })).split('\n').map(Number)
  const sized = wishes.map((wish, index) => ({ ...wish, size: sizes[index] ?? 0 }))
  const small = sized.filter(({ size, maxBytes }) => maxBytes > 0 && size <= smallBytes)
  const contents = await readBlobs(git, small)
  for (const { id, size, maxBytes, resolve } of sized) {
    const whole = contents.get(id)
    if (whole || maxBytes === 0) resolve({ size, bytes: whole?.subarray(0, maxBytes) ?? Buffer.alloc(0) })
    else resolve({ size, bytes: await git.bytes(['cat-file', 'blob', id], { maxBytes, clip: true }) })
  }
}

/** Blobs whose size is known, by id, in one process: for each git writes `id type size LF`, the content, LF. */
export async function readBlobs(
  git: Git,
  blobs: readonly { id: string; size: number }[],
): Promise<Map<string, Buffer>> {
  if (blobs.length === 0) return new Map()
  const maxBytes = blobs.reduce((sum, { size }) => sum + size + 100, 0)
  const output = await git.bytes(['cat-file', '--batch'], { input: listed(blobs), maxBytes })
  let at = 0
  return new Map(
    blobs.map(({ id, size }) => {
      const from = output.indexOf('\n', at) + 1
      at = from + size + 1
      return [id, output.subarray(from, from + size)]
    }),
  )
}

function listed(blobs: readonly { id: string }[]): string {
  return blobs.map(({ id }) => `${id}\n`).join('')
}
