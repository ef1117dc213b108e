import type { Command } from 'commander'

export type Value = { value: string; help: string }

/** Where a value belongs. */
export type Place = {
  command: Command
  /** Its words so far that belong to no flag. */
  positionals: readonly string[]
  /** Of the project, where a flag names one. */
  folder: string | undefined
}
