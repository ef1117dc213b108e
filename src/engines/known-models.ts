import type { Machine } from './machine.ts'
import { fitsMemory, fitsVideo, usualWindow } from './memory.ts'

/** A model that local-brain tells people about, as Ollama's library has it. */
export type KnownModel = {
  name: string
  /** Bytes of the download, and of the weights in memory. */
  bytes: number
  /** Bytes of memory that each token of the window takes: layers × heads × their size × two, in two bytes each. */
  perToken: number
  /** Billions of parameters that each token passes through, which is what a machine without a graphics card feels. */
  active: number
  goodAt: string
  /** When this row was last looked at. */
  date: string
}

/**
 * The only place that says which models are worth having: setup, doctor, models, hints and the documentation ask it.
 * Smallest first.
 */
export const knownModels: readonly KnownModel[] = [
  {
    name: 'tiny',
    bytes: 98_362_432,
    perToken: 23_040,
    active: 0.1,
    goodAt: 'showing that everything runs, not what it says (SmolLM2-135M, embedded)',
    date: '2026-11-28',
  },
  {
    name: 'qwen3:1.7b',
    bytes: 1.4e9,
    perToken: 114_688,
    active: 1.7,
    goodAt: 'short answers and commit messages; weak reviews',
    date: '2026-11-28',
  },
  {
    name: 'qwen3:4b',
    bytes: 2.5e9,
    perToken: 147_456,
    active: 4,
    goodAt: 'questions, summaries, simple reviews',
    date: '2026-11-28',
  },
  {
    name: 'qwen3:8b',
    bytes: 5.2e9,
    perToken: 147_456,
    active: 8.2,
    goodAt: 'reviews and tools on a laptop',
    date: '2026-11-28',
  },
  {
    name: 'qwen3:14b',
    bytes: 9.3e9,
    perToken: 163_840,
    active: 14.8,
    goodAt: 'better reviews, with a graphics card',
    date: '2026-11-28',
  },
  {
    name: 'gpt-oss:20b',
    bytes: 13.8e9,
    perToken: 49_152,
    active: 3.6,
    goodAt: 'reviews and written tasks; fast for its size',
    date: '2026-11-28',
  },
  {
    name: 'qwen3-coder:30b',
    bytes: 18.6e9,
    perToken: 98_304,
    active: 3.3,
    goodAt: 'changing code and written tasks; fast for its size',
    date: '2026-11-28',
  },
]

/** More than this is too slow to wait for without a graphics card, in billions of parameters for each token. */
const maxActive = 9

/** The best model of the table for a machine; the smallest real one where none fits. Without a machine, one for a laptop. */
export function recommend(machine?: Machine): KnownModel {
  const [, smallest, ...rest] = knownModels as [KnownModel, KnownModel, ...KnownModel[]]
  const usual = rest.find(({ name }) => name === 'qwen3:8b') ?? smallest
  if (machine === undefined) return usual
  const { memory, video = 0 } = machine
  const fits = (model: KnownModel) =>
    fitsVideo(model, video, usualWindow) || (model.active <= maxActive && fitsMemory(model, memory, usualWindow))
  return rest.findLast(fits) ?? smallest
}

/** What the table says about a model of this name. */
export function knownModel(name: string): KnownModel | undefined {
  return knownModels.find((model) => model.name === name.toLowerCase())
}
