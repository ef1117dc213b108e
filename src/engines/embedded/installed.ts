import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { sha256 } from '../../text/hash.ts'
import type { ModelInfo } from '../engine.ts'
import type { Weights } from './runner.ts'

const schema = z.object({ models: z.array(z.object({ name: z.string().min(1), file: z.string().min(1) })) })

/** What `setup` wrote: the models that were set up, the latest first. */
export type Installed = z.infer<typeof schema>

export const installedFile = (folder: string) => join(folder, 'installed.json')

/** The entry of the binding below the folder. */
export const bindingFile = (folder: string) => join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js')

/** Undefined where nothing was set up, or what was is gone. */
export async function loadInstalled(folder: string): Promise<Installed | undefined> {
  try {
    await stat(bindingFile(folder))
    return schema.parse(JSON.parse(await readFile(installedFile(folder), 'utf8')))
  } catch {
    return undefined
  }
}

/** Models whose weights are still there. */
export async function listInstalled(folder: string): Promise<{ info: ModelInfo; weights: Weights }[]> {
  const { models } = (await loadInstalled(folder)) ?? { models: [] }
  const binding = pathToFileURL(bindingFile(folder)).href
  const found = await Promise.all(
    models.map(async ({ name, file }) => {
      const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }))
      if (size === 0) return []
      const id = sha256(JSON.stringify([file, size, mtimeMs]))
      const info: ModelInfo = { name, id, bytes: size, isLocal: true, capabilities: ['completion'] }
      return [{ info, weights: { binding, file, name } }]
    }),
  )
  return found.flat()
}
