import { totalmem } from 'node:os'
import { isError } from '../errors.ts'
import { canChat, isLocal } from './families.ts'
import type { ToolCalling } from '../core/model.ts'
import type { InstalledModel, ShownModel } from './ollama/ollama.ts'
import { type PickWish, pickModel } from './pick.ts'
import { type Access, capabilitiesOf, prove, type Reached, reach } from './ollama/reach.ts'
import { loadRemembered } from './ollama/remembered.ts'
import { findLoaded } from './ollama/window.ts'

export type InventoryRow = {
  name: string
  /** Bytes on disk. */
  size: number
  parameterSize?: string
  trainedContext?: number
  /** Absent: not loaded. */
  loadedContext?: number
  /** How its calls reach us: from its capabilities, or as the last runs found. */
  toolCalling: ToolCalling
  canThink: boolean
  isLocal: boolean
  /** False for embedding models, which nothing here can use. */
  canChat: boolean
}

export type Inventory = Pick<Reached, 'version' | 'installed' | 'loaded'> & { url: string; rows: InventoryRow[] }

/** Everything that is installed and what each can do. Sends names only, and no cloud name. */
export async function takeInventory(access: Access, signal: AbortSignal): Promise<Inventory> {
  const reached = await reach(access, signal)
  const rows = await Promise.all(reached.installed.map(async (model) => rowOf(model, reached, access, signal)))
  const { version, installed, loaded } = reached
  return { url: access.host.url, version, installed, loaded, rows }
}

export type SkillWish = Pick<PickWish, 'explicit' | 'preferences' | 'configured' | 'needsTools'>

/** Which model a run would take and why, or why it could not. */
export function wouldPick(
  inventory: Inventory,
  wish: SkillWish,
  { host, allowRemote }: Access,
): { model?: string; reason: string } {
  const memory = host.isThisMachine ? totalmem() : undefined
  try {
    const { model, reason } = pickModel({ ...inventory, ...wish, allowRemote, memory })
    return { model: model.name, reason }
  } catch (error) {
    if (isError(error)) return { reason: error.message }
    throw error
  }
}

async function rowOf(
  model: InstalledModel,
  reached: Reached,
  access: Access,
  signal: AbortSignal,
): Promise<InventoryRow> {
  const row = {
    name: model.name,
    size: model.size,
    parameterSize: model.parameterSize,
    loadedContext: findLoaded(reached.loaded, model.name, model.digest)?.contextLength,
  }
  const { shown, isHere } = await look(model, reached, signal)
  const capabilities = shown ? capabilitiesOf(shown) : (model.capabilities ?? [])
  const chats = shown ? capabilities.includes('completion') : canChat(model)
  const remembered = await loadRemembered(access.store, model.digest, reached.version)
  const found = capabilities.includes('tools') ? (remembered.toolCalling ?? 'native') : 'prompted'
  return {
    ...row,
    trainedContext: shown?.trainedContext ?? model.contextLength,
    toolCalling: chats ? found : 'none',
    canThink: capabilities.includes('thinking'),
    isLocal: isHere,
    canChat: chats,
  }
}

/** One model that cannot be looked at is no reason to hide the others. */
async function look(
  model: InstalledModel,
  reached: Reached,
  signal: AbortSignal,
): Promise<{ shown?: ShownModel; isHere: boolean }> {
  if (!isLocal(model)) return { isHere: false }
  try {
    return { shown: (await prove(model.name, reached, false, signal)).shown, isHere: true }
  } catch (error) {
    if (isError(error, 'remote-refused')) return { isHere: false }
    if (isError(error, 'model-missing', 'server-failed')) return { isHere: true }
    throw error
  }
}
