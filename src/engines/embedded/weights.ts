import { open, readFile, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import * as z from 'zod'
import { LocalBrainError } from '../../errors.ts'

/** Where weights lie, and what they are called. */
export type Found = { name: string; file: string }

const manifest = z.looseObject({ layers: z.array(z.looseObject({ mediaType: z.string(), digest: z.string() })) })

/**
 * The weights of a GGUF file, or else of a model that Ollama has pulled, whose blob is read where it lies.
 * `ollamaFolders`: where Ollama may keep its models.
 */
export async function findWeights(wanted: string, ollamaFolders: readonly string[]): Promise<Found> {
  const file = await realpath(wanted).catch(() => undefined)
  if (file !== undefined) {
    await assertGguf(file, wanted)
    return { name: basename(wanted).replace(/\.gguf$/i, ''), file }
  }
  for (const folder of ollamaFolders) {
    const blob = await blobOf(wanted, folder)
    if (blob === undefined) continue
    await assertGguf(blob, wanted)
    return { name: wanted, file: blob }
  }
  throw new LocalBrainError('missing-file', `"${wanted}" is not a GGUF file, and Ollama has no model of this name`, {
    hint: 'local-brain setup --engine embedded --model tiny',
  })
}

async function assertGguf(file: string, wanted: string): Promise<void> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    if (buffer.toString('latin1') === 'GGUF') return
  } finally {
    await handle.close()
  }
  throw new LocalBrainError('unreadable-file', `"${wanted}" is not in the GGUF format`, {
    hint: 'name a file that ends in .gguf, or a model that Ollama has pulled',
  })
}

/** The file of weights that a manifest of Ollama's names. A name of another form has none. */
async function blobOf(wanted: string, folder: string): Promise<string | undefined> {
  const [, space = 'library', name = '', tag = 'latest'] =
    /^(?:([\w.-]+)\/)?([\w.-]+)(?::([\w.-]+))?$/.exec(wanted) ?? []
  if (name === '' || [space, name, tag].some((part) => /^\.+$/.test(part))) return undefined
  try {
    const text = await readFile(join(folder, 'manifests', 'registry.ollama.ai', space, name, tag), 'utf8')
    const { layers } = manifest.parse(JSON.parse(text))
    const model = layers.find(({ mediaType }) => mediaType === 'application/vnd.ollama.image.model')
    const hex = /^sha256:([0-9a-f]{64})$/.exec(model?.digest ?? '')?.[1]
    return hex === undefined ? undefined : join(folder, 'blobs', `sha256-${hex}`)
  } catch {
    return undefined
  }
}
