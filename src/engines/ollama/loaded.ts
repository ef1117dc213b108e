import type { LoadedModel } from './server.ts'

/** Partly on the card and partly off it: what tells a model that does not fit from a machine without a card. */
export function isSpilled({ size, sizeVram }: LoadedModel): boolean {
  return sizeVram > 0 && sizeVram < size
}

/** The runner of a model. One that serves several names is listed under the first. */
export function findLoaded(loaded: readonly LoadedModel[], name: string, digest: string): LoadedModel | undefined {
  return loaded.find((one) => digest !== '' && one.digest === digest) ?? loaded.find((one) => one.name === name)
}
