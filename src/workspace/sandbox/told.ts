import { StringDecoder } from 'node:string_decoder'
import { createRedactor, redactSecrets } from '../../text/redact.ts'
import type { Ended } from './process.ts'

/** Why a command was allowed to run. `rule`: by a list of a person; `check`: it is a check of the run. */
export type ApprovedBy = 'person' | 'allow' | 'rule' | 'check'

type About = {
  /** Tells commands that run at the same time apart. */
  id: number
  command: string
  approvedBy: ApprovedBy | null
}

/** What a command does, for whoever listens. Secrets are cut. */
export type CommandEvent =
  | (About & {
      type: 'command_start'
      /** Relative to the workspace. */
      folder: string
      sandbox: string
      network: boolean
      timeoutMs: number
    })
  /** The beginning of what it prints, as it comes. Untrusted. */
  | { type: 'command_output'; id: number; text: string }
  | (About & { type: 'command_end' } & Pick<Ended, 'exitCode' | 'signal' | 'ms' | 'bytes' | 'reason'>)

/** Bytes of one command that are told as they come: as much as is kept of its output. */
const maxTold = 64 * 1024

/** Turns what a command prints into events. `end` tells the rest. */
export function tellOutput(tell: (text: string) => void): { take: (chunk: Uint8Array) => void; end: () => void } {
  const decoder = new StringDecoder('utf8')
  const redactor = createRedactor()
  let left = maxTold
  const put = (text: string) => {
    if (text !== '') tell(text)
  }
  return {
    take(chunk) {
      if (left <= 0) return
      // guard: told-secrets
      put(redactor.push(decoder.write(chunk.subarray(0, left))))
      left -= chunk.length
    },
    end: () => put(redactor.push(decoder.end()) + redactor.end()),
  }
}

/** What is passed on of a command: its output reaches a model, a log and a report. */
export function withoutSecrets(ended: Ended): Ended {
  // guard: command-secrets
  return { ...ended, output: redactSecrets(ended.output) }
}
