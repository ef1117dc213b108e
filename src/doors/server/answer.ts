import type { ServerResponse } from 'node:http'
import type { Emit } from '../../core/events.ts'
import type { ModelInfo, Think } from '../../engines/engine.ts'
import type { AuditEntry } from '../../store/audit.ts'
import { randomHex, sha256 } from '../../text/hash.ts'
import type { Answered, Ask, Piece } from './ask.ts'
import type { Catalog } from './catalog.ts'
import type { Dialect } from './dialect.ts'
import { type ShowTools, exchange, promptOf } from './exchange.ts'
import type { OwnTools } from './own-tools.ts'
import type { Queue } from './queue.ts'
import { Refusal, refusalOf } from './refusal.ts'
import { streamResponder, wholeResponder } from './responder.ts'
import type { Inject } from './server-options.ts'
import type { Steps } from './steps.ts'
import { refuseHopeless } from './too-long.ts'

export type AnswerSettings = {
  dialect: Dialect
  response: ServerResponse
  signal: AbortSignal
  catalog: Catalog
  queue: Queue
  steps: Steps
  /** The server's own tools, made anew for each request: its limits count from there. */
  own: (emit: Emit) => OwnTools
  /** What the model has to know of them. */
  toolWords: string
  /** When the server's own tools are offered. `auto`: when the client brings none. */
  inject: Inject
  showTools: ShowTools
  turns: number
  timeout: number
  /** For requests that say nothing about it. */
  think?: Think
  /** Skills that can be asked as models. Absent: none. */
  skills?: SkillModels
  emit: Emit
  /** Writes a line about a request into the audit log. */
  record: (entry: RequestEntry) => Promise<void>
}

type RequestEntry = Omit<Extract<AuditEntry, { what: 'request' }>, 'project'>

/** Skills under the names of models. */
export type SkillModels = {
  /** Those that may be run here. */
  list(): Promise<string[]>
  /** Runs the skill and reports in Markdown. Rejects with LocalBrainError('unknown-skill') for a name that is not listed. */
  run(
    name: string,
    ask: Ask,
    context: { signal: AbortSignal; say: (piece: Piece) => void; emit: Emit },
  ): Promise<Answered>
}

/** What comes before the name of a skill. */
export const skillPrefix = 'local-brain/'

/** Answers a body in its dialect, in its turn. Failures are answered too. */
export async function answer(body: unknown, settings: AnswerSettings): Promise<void> {
  const { dialect, response, queue, emit } = settings
  const { ask, body: own } = dialect.parse(body)
  const id = randomHex(12)
  const gone = new AbortController()
  const signal = AbortSignal.any([settings.signal, gone.signal])
  const about = { model: ask.model, inputTokens: 0 }
  const head = () => ({ id, created: Math.floor(Date.now() / 1000), ...about })
  response.setHeader(dialect.name === 'messages' ? 'request-id' : 'x-request-id', `req_${id}`)
  if (ask.leftOut.length > 0) response.setHeader('x-local-brain-left-out', headerText(ask.leftOut))
  const responder = ask.stream
    ? streamResponder(response, dialect, { head, body: own, stalled: () => gone.abort() })
    : wholeResponder(response, dialect, { head, body: own })
  emit({ type: 'request_start', id, dialect: dialect.name, model: ask.model })
  const started = Date.now()
  let leave: (() => void) | undefined
  try {
    leave = await queue.enter(signal)
    responder.end(await answered(ask, { ...settings, signal }, { about, say: (piece) => responder.say(piece) }))
  } catch (error) {
    if (signal.aborted) response.destroy()
    else {
      const refusal = refusalOf(error)
      if (refusal.kind === 'internal') emit({ type: 'warning', message: String((refusal.cause as Error)?.stack) })
      responder.fail(refusal)
    }
  } finally {
    leave?.()
    const ended = { id, dialect: dialect.name, model: about.model, status: signal.aborted ? 499 : responder.status() }
    emit({ type: 'request_end', ...ended, ms: Date.now() - started })
    await settings.record({ what: 'request', ...ended, sha256: sha256(JSON.stringify(ask.messages)) })
  }
}

function headerText(words: readonly string[]): string {
  return words
    .map((word) => word.replace(/[^\w.-]/g, '').slice(0, 60))
    .join(', ')
    .slice(0, 1000)
}

type Reply = { about: { model: string; inputTokens: number }; say: (piece: Piece) => void }

async function answered(ask: Ask, settings: AnswerSettings, { about, say }: Reply): Promise<Answered> {
  const { catalog, signal, emit, skills } = settings
  if (ask.model.startsWith(skillPrefix)) {
    if (skills === undefined) throw new Refusal('unknown-model', 'No skills are offered here', { param: 'model' })
    return skills.run(ask.model.slice(skillPrefix.length), ask, { signal, say, emit })
  }
  const info = await catalog.find(ask.model, signal)
  about.model = info.name
  const own = ownTools(ask, settings)
  const model = await openFor(ask, { info, settings, hasOwn: own.tools.length > 0 })
  const prompt = promptOf(ask, { ...settings, own })
  refuseHopeless(model, prompt)
  about.inputTokens = model.tokens(prompt.messages, prompt.tools)
  // The last request offers no tools; a client's own have to be offered at least once.
  const turns = own.tools.length === 0 ? 2 : Math.max(2, settings.turns)
  try {
    return await exchange(ask, { ...settings, own, prompt, model, turns, say, streams: ask.stream })
  } finally {
    await own.keep(titleOf(ask))
  }
}

function titleOf({ messages }: Ask): string {
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? ''
  return `serve: ${asked.trim().split('\n', 1)[0] ?? ''}`
}

/** The server's own tools as they are offered to this request, if they are. */
export function ownTools(ask: Ask, { inject, own, emit }: Pick<AnswerSettings, 'inject' | 'own' | 'emit'>): OwnTools {
  const { tools, leftOut, choice, format } = ask
  const isBarred = inject === 'never' || choice === 'none' || typeof choice === 'object'
  const bringsNone = tools.length === 0 && leftOut.length === 0 && format === undefined
  return !isBarred && (inject === 'always' || bringsNone) ? own(emit) : { ...own(emit), tools: [] }
}

type Opening = { info: ModelInfo; settings: AnswerSettings; hasOwn: boolean }

async function openFor(ask: Ask, { info, settings, hasOwn }: Opening) {
  const { catalog, signal, emit, think } = settings
  const needsTools = hasOwn || (ask.tools.length > 0 && ask.choice !== 'none')
  return catalog.open(info, { options: ask.options, think: ask.think ?? think, needsTools }, { signal, emit })
}
