import { isError } from '../errors.ts'
import { memoryOf, type ModelWish, pickModel } from './choose.ts'
import type { Engine, ModelDetails, ModelInfo } from './engine.ts'

export type InventoryRow = ModelInfo & ModelDetails

/** All models of an engine and what each can do. */
export type Inventory = { engine: Engine; version: string; models: ModelInfo[]; rows: InventoryRow[] }

/** Sends only names, and never the name of a model that runs elsewhere. */
export async function takeInventory(engine: Engine, signal: AbortSignal): Promise<Inventory> {
  const models = await engine.list(signal)
  const version = await engine.version(signal)
  const rows = await Promise.all(models.map(async (model) => ({ ...model, ...(await engine.describe(model, signal)) })))
  return { engine, version, models, rows }
}

/** Which model a run would pick and why, or why it could not pick one. */
export function wouldPick(
  { engine, models }: Pick<Inventory, 'engine' | 'models'>,
  wish: ModelWish,
): { model?: string; reason: string } {
  try {
    const { model, reason } = pickModel({ ...wish, engine, models, memory: memoryOf(engine) })
    return { model: model.name, reason }
  } catch (error) {
    if (isError(error)) return { reason: error.message }
    throw error
  }
}
