import type { ChangeKind } from '../workspace/edit-policy.ts'
import type { CheckState } from '../workspace/sandbox/check.ts'
import type { CommandEvent } from '../workspace/sandbox/told.ts'
import type { ModelEvent, Usage } from './model.ts'
import type { Access } from './access.ts'

/** The protocol in which a client of the server asks. */
export type RequestDialect = 'chat' | 'messages' | 'responses'

/** Everything that a door can show of a run. One synchronous sink, passed down. */
export type AgentEvent =
  | ModelEvent
  | CommandEvent
  /** `atLeast`: the input is still being read, so there may be more units than that. */
  | {
      type: 'run_start'
      skill: string
      model: string
      units: number
      atLeast?: true
      output: 'markdown' | 'findings' | 'text'
    }
  | { type: 'unit_start'; unit: number; of: number; atLeast?: true; label: string }
  | { type: 'unit_end'; unit: number; of: number; atLeast?: true; label: string; ms: number }
  | { type: 'turn_start'; turn: number }
  | { type: 'turn_end'; turn: number; usage: Usage }
  | { type: 'tool_start'; turn: number; id: string; name: string; arguments: Record<string, unknown> }
  | {
      type: 'tool_end'
      turn: number
      id: string
      name: string
      arguments: Record<string, unknown>
      ok: boolean
      recovered: boolean
      result: string
      ms: number
    }
  /** A person is asked about a call. `sensitive` says why standing consent is not enough. */
  | {
      type: 'approval_ask'
      id: string
      tool: string
      access: Access
      arguments: Record<string, unknown>
      summary: string
      sensitive?: string
    }
  /** `refused`: there was nobody to ask. */
  | {
      type: 'approval_answer'
      id: string
      answer: 'yes' | 'no'
      by: 'person' | 'allow' | 'rule' | 'refused'
      words?: string
    }
  /** A file was changed. `added` and `removed` count lines. */
  | {
      type: 'change'
      path: string
      kind: ChangeKind
      from?: string
      added: number
      removed: number
      by: 'tool' | 'command'
    }
  /** One attempt at a written task, in a conversation of its own. */
  | { type: 'round_start'; round: number; of: number }
  /** `files` counts what is changed so far, `calls` those of tools in this round, unless it broke off. */
  | { type: 'round_end'; round: number; of: number; ms: number; files: number; calls?: number | undefined }
  /** The program runs a check: before the model works, or afterwards. */
  | { type: 'check_start'; name: string; when: 'before' | 'after' }
  | {
      type: 'check_end'
      name: string
      when: 'before' | 'after'
      state: CheckState
      /** Null when a signal ended it. */
      exitCode: number | null
      ms: number
    }
  /** The working tree, or the copy of it that the run works in, as git names such a tree. */
  | { type: 'snapshot'; tree: string }
  /**
   * A conversation was shortened: its size in tokens. With `notes`, these replace all but the last `kept` messages; without
   * them only old tool results gave way.
   */
  | { type: 'compact'; before: number; after: number; notes?: string; kept?: number }
  /** A finding that has held so far. The report may still leave it out, as a duplicate or beyond a limit. */
  | { type: 'finding'; path: string; line: number; severity: string; title: string }
  /** A client of the server asked for something. `model` as it was written; at the end, the one that answered. */
  | { type: 'request_start'; id: string; dialect: RequestDialect; model: string }
  | {
      type: 'request_end'
      id: string
      dialect: RequestDialect
      model: string
      /** Of HTTP; 499 when the client left. */
      status: number
      ms: number
    }
  /** A piece of a reply that the program reads, not the person. */
  | { type: 'data'; text: string }
  /** `cutMs`: the wait for replies that broke off, of which `usage` knows no times. */
  | { type: 'run_end'; stop: string; turns: number; ms: number; usage: Usage; cutMs: number }

export type Emit = (event: AgentEvent) => void

/** How many units there are, as far as it is known: `5`, `at least 5`, or `1 or more`. */
export function countUnits({ of, atLeast }: { of: number; atLeast?: true }): string {
  if (!atLeast) return `${of}`
  return of === 1 ? '1 or more' : `at least ${of}`
}

/** Turns text events into data events: a door can see that the model writes, but does not show it as an answer. */
export function asData(emit: Emit): Emit {
  return (event) => emit(event.type === 'text' ? { type: 'data', text: event.text } : event)
}
