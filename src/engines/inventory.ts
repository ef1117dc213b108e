import { isError } from '../errors.ts'
import { memoryOf, type ModelWish, pickModel } from './choose.ts'
import type { Engine, ModelDetails, ModelInfo } from './engine.ts'

export type InventoryRow = ModelInfo & ModelDetails

/** Everything that an engine has and what each model can do. */
export type Inventory = { engine: Engine; version: string; models: ModelInfo[]; rows: InventoryRow[] }

/** Sends names only, and no name of a model that runs elsewhere. */
export async function takeInventory(engine: Engine, signal: AbortSignal): Promise<Inventory> {
  const models = await engine.list(signal)
  const version = await engine.version(signal)
  const rows = await Promise.all(models.map(async (model) => ({ ...model, ...(await engine.describe(model, signal)) })))
  return { engine, version, models, rows }
}

/** Which model a run would take and why, or why it could not. */
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
