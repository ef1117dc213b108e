import { type Access, includes } from './access.ts'
import type { Emit } from './events.ts'
import type { ToolCall } from './model.ts'

/** What a permit is asked before a tool is called. */
export type Question = {
  call: ToolCall
  access: Access
  /** Shows what would happen, if the tool can say: a diff, a command. */
  preview?: string
  /** What makes this more than others of its kind, such as `GitHub runs it`: standing consent is not enough. */
  sensitive?: string
  /** A list of the person lets it run without being asked. */
  listed?: boolean
  /** The limit of the run that this would go beyond: standing consent is not enough. */
  overLimit?: string
}

/** Who allows something: a person who was asked, what was allowed before, or a list of a person. */
export type AllowedBy = 'person' | 'allow' | 'rule'

/**
 * `reason` reaches the model as the result of the call. With `stop` the model is asked no further.
 */
export type Decision =
  | { allow: true; remember?: 'session'; by?: AllowedBy }
  | { allow: false; reason: string; stop?: boolean }

/**
 * Decides about one call. Each door passes its own: a prompt on a terminal, a policy, `readOnly`. It may take as long
 * as a person needs; this time does not count against the tool's limit. Rejects with the signal's reason when aborted.
 */
export type Permit = (question: Question, signal: AbortSignal) => Promise<Decision>

/** For doors that cannot ask a person: tools may read and nothing else. */
export const readOnly: Permit = ({ access }) =>
  Promise.resolve(access === 'read' ? { allow: true } : { allow: false, reason: 'only reading is allowed here' })

/**
 * What a person answers. `always`: for this session; `always-like`: for commands with the same first words too; `no` may
 * come with a sentence for the model.
 */
export type PersonAnswer = 'yes' | 'always' | 'always-like' | 'no' | { no: string } | 'quit'

/** Asks a person. Rejects with the signal's reason when aborted. */
export type Approve = (question: Question, signal: AbortSignal) => Promise<PersonAnswer>

type PermitSettings = {
  /** What is allowed without asking. */
  allow: Access
  /** Without it nobody can be asked. */
  approve?: Approve
  emit: Emit
}

/** A permit of standing consent, and of a person for the rest. What the person allows always holds for its lifetime. */
export function createPermit(settings: PermitSettings): Permit {
  return createConsent(settings).permit
}

/** Consent that a person may change while it is in use. */
export type StandingConsent = {
  permit: Permit
  /** What is allowed without asking, now. */
  allowed(): Access
  /** Allows this from now on, and nothing that was allowed before. */
  allow(access: Access): void
}

export function createConsent({ allow, approve, emit }: PermitSettings): StandingConsent {
  let granted = allow
  const commands = new Set<string>()
  const prefixes = new Set<string>()
  const isGranted = async (question: Question) => {
    const { access, call } = question
    // guard: sensitive-consent
    if (isSingular(question)) return false
    if (includes(granted, access)) return true
    return access === 'run' && (commands.has(questionKey(call)) || (await beginsLike(call, prefixes)))
  }
  const remember = ({ access, call }: Question, answer: PersonAnswer) => {
    const isAlways = answer === 'always' || answer === 'always-like'
    if (isAlways && access === 'write') granted = includes(granted, 'write') ? granted : 'write'
    if (isAlways && access === 'run') commands.add(questionKey(call))
    const prefix = answer === 'always-like' ? commandPrefix(call) : undefined
    if (prefix !== undefined) prefixes.add(prefix)
  }
  const tell = (question: Question, decision: Decision, by: AllowedBy | 'refused', words?: string) => {
    const answer = decision.allow ? 'yes' : 'no'
    emit({ type: 'approval_answer', id: question.call.id, answer, by, words })
    return decision.allow && by !== 'refused' ? { ...decision, by } : decision
  }
  const permit: Permit = async (question, signal) => {
    if (question.access === 'read') return { allow: true }
    if (await isGranted(question)) return tell(question, { allow: true }, 'allow')
    // guard: listed-consent
    if (question.listed && !isSingular(question)) return tell(question, { allow: true }, 'rule')
    // guard: nobody-to-ask
    if (approve === undefined) return tell(question, { allow: false, ...refusal(question) }, 'refused')
    emit(askEvent(question))
    const answer = await approve(question, signal)
    remember(question, answer)
    const words = typeof answer === 'object' ? answer.no : undefined
    return tell(question, decisionOf(answer), 'person', words)
  }
  return {
    permit,
    allowed: () => granted,
    allow(access) {
      granted = access
      commands.clear()
      prefixes.clear()
    },
  }
}

/** The first two words of a command that is nothing but plain words. */
export function commandPrefix({ arguments: args }: Pick<ToolCall, 'arguments'>): string | undefined {
  const line = typeof args['command'] === 'string' ? args['command'].trim() : ''
  if (!/^[\w@%+=:,./-]+(?: +[\w@%+=:,./-]+)*$/.test(line)) return undefined
  return line.split(/ +/).slice(0, 2).join(' ')
}

async function beginsLike({ arguments: args }: ToolCall, prefixes: ReadonlySet<string>): Promise<boolean> {
  const line = args['command']
  if (prefixes.size === 0 || typeof line !== 'string') return false
  const { isListed } = await import('../workspace/sandbox/command-line.ts')
  return isListed(line, [...prefixes])
}

/** Standing consent is not enough for it. */
function isSingular({ sensitive, overLimit }: Question): boolean {
  return sensitive !== undefined || overLimit !== undefined
}

/** The same for calls that ask for the same, in whatever order their arguments are. */
export function questionKey({ name, arguments: args }: Pick<ToolCall, 'name' | 'arguments'>): string {
  return JSON.stringify([name, Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1))])
}

function askEvent({ call, access, preview, sensitive, overLimit }: Question) {
  const { id, name: tool, arguments: args } = call
  const why = sensitive ?? overLimit
  return { type: 'approval_ask' as const, id, tool, access, arguments: args, summary: preview ?? '', sensitive: why }
}

/** Why nobody allows this where nobody can be asked. */
function refusal({ access, sensitive, overLimit }: Question): { reason: string; stop?: boolean } {
  if (overLimit !== undefined) return { reason: `${overLimit}; answer with what was done`, stop: true }
  if (sensitive !== undefined) {
    const instead = access === 'run' ? 'Go on without it' : 'Leave this file as it is'
    return { reason: `this needs a person's consent (${sensitive}), and there is nobody to ask. ${instead}` }
  }
  return { reason: `${access === 'run' ? 'running programs' : 'writing'} is not allowed here` }
}

const instead = 'Do not try it again in another way; ask, or answer with what you have'

function decisionOf(answer: PersonAnswer): Decision {
  if (answer === 'yes' || answer === 'always' || answer === 'always-like') return { allow: true }
  if (answer === 'quit') return { allow: false, reason: 'the person stopped here', stop: true }
  const words = typeof answer === 'object' ? answer.no.trim() : ''
  return { allow: false, reason: `the person said no${words === '' ? '' : `: ${words}`}. ${instead}` }
}
