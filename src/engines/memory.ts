/** What the arithmetic needs to know of a model. `bytes` of its weights; `perToken` as the table has it, if it does. */
export type Weighed = { bytes: number; perToken?: number }

/**
 * Where nothing is known of a model, a window of this many tokens is taken to be as large as the weights (8B in four bits:
 * 5 GB, and 140 kB for each token). A guess until the first load; a window that did not fit is remembered.
 */
const tokensPerSize = 37_000

/** Bytes of a machine's memory, and of its graphics card. */
type Room = { memory: number; video?: number }

/** The window that most runs have, in tokens. */
export const usualWindow = 8192

/** Weights and window may take this part of the memory; other programs need the rest. */
const memoryShare = 0.75
/** The same of a graphics card, which shows the screen besides. */
const videoShare = 0.9

/** Bytes of memory that a model takes with a window of so many tokens. */
export function neededBytes({ bytes, perToken }: Weighed, window: number): number {
  return bytes + window * (perToken ?? bytes / tokensPerSize)
}

/** `memory`: bytes of all the memory there is; unknown memory is enough. */
export function fitsMemory(model: Weighed, memory = Number.POSITIVE_INFINITY, window = usualWindow): boolean {
  return neededBytes(model, window) <= memory * memoryShare
}

/** `video`: bytes of the graphics card. */
export function fitsVideo(model: Weighed, video: number, window = usualWindow): boolean {
  return neededBytes(model, window) <= video * videoShare
}

/** Whether it fits on the graphics card or into memory. */
export function fitsMachine(model: Weighed, { memory, video = 0 }: Room, window = usualWindow): boolean {
  return fitsVideo(model, video, window) || fitsMemory(model, memory, window)
}

/** `5.2 GB`, `98 MB`: as sizes of downloads and of memory are told to people. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
