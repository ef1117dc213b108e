import * as z from 'zod'
import type { Store } from '../../store/store.ts'

const blockedSchema = z.array(z.string())
const name = 'hook-blocked'
/** Older ones are forgotten. */
const kept = 100

/** True when these changes were blocked before: who tries again has read why and decided. */
export async function wasBlocked(store: Store, key: string): Promise<boolean> {
  return ((await store.load(name, blockedSchema)) ?? []).includes(key)
}

export async function rememberBlocked(store: Store, key: string): Promise<void> {
  const before = (await store.load(name, blockedSchema)) ?? []
  await store.save(name, [...before.filter((one) => one !== key), key].slice(-kept))
}
