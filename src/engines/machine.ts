import { readFile, readdir } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../workspace/program.ts'

/** What a model may take of this machine, in bytes. `video`: of its largest graphics card, where one was found. */
export type Machine = { memory: number; video?: number; isShared?: boolean }

/** Asked for once: looking takes Node a quarter of a millisecond. */
let own: number | undefined

/** The memory of this machine, or of the container that the program is in. */
export function ownMemory(): number {
  return (own ??= lookAtMemory())
}

function lookAtMemory(): number {
  const { constrainedMemory } = process as { constrainedMemory?: () => number | undefined }
  const limit = constrainedMemory?.call(process) ?? 0
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** What of it is free now, what can be dropped included. */
export function freeMemory(): number {
  const { availableMemory } = process as { availableMemory?: () => number }
  return availableMemory?.call(process) ?? freemem()
}

/** A processor of Apple lets its graphics use this part of the memory. */
const appleShare = 2 / 3

/** Looks for a graphics card: where the system says it, and else by NVIDIA's own program. */
export async function lookAtMachine(path: string | undefined, signal: AbortSignal): Promise<Machine> {
  const memory = ownMemory()
  if (process.platform === 'darwin' && process.arch === 'arm64')
    return { memory, video: memory * appleShare, isShared: true }
  const video = Math.max(0, ...(await amdCards()), ...(await nvidiaCards(path, signal)))
  return { memory, video: video === 0 ? undefined : video }
}

async function amdCards(folder = '/sys/class/drm'): Promise<number[]> {
  const cards = await readdir(folder).catch(() => [])
  const read = async (card: string) => readFile(join(folder, card, 'device', 'mem_info_vram_total'), 'utf8')
  const sizes = await Promise.all(cards.map(async (card) => Number(await read(card).catch(() => '0'))))
  return sizes.filter((size) => Number.isSafeInteger(size))
}

const maxLookMs = 3000

/** The program is never one that the folder we stand in could have put there. */
async function nvidiaCards(path: string | undefined, signal: AbortSignal): Promise<number[]> {
  const program = findProgram('nvidia-smi', path, [process.cwd()]).path
  if (program === undefined) return []
  const { execFile } = process.getBuiltinModule('node:child_process')
  const args = ['--query-gpu=memory.total', '--format=csv,noheader,nounits']
  const told = await new Promise<string>((resolve) => {
    execFile(program, args, { signal, timeout: maxLookMs, env: {} }, (error, out) => resolve(error ? '' : out))
  })
  return told
    .split('\n')
    .map((line) => Number(line.trim()) * 1024 ** 2)
    .filter((size) => Number.isFinite(size))
}
