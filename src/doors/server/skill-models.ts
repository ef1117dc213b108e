import { offeredSkills } from '../../app/offered-skills.ts'
import type { RunRequest } from '../../app/request.ts'
import { skillPlaces } from '../../app/session.ts'
import { type AgentEvent, countUnits } from '../../core/events.ts'
import type { Engine } from '../../engines/engine.ts'
import { LocalBrainError } from '../../errors.ts'
import { escapeLine } from '../../text/escape.ts'
import type { Report } from '../../report/report.ts'
import type { SkillModels } from './answer.ts'
import { type Answered, type Ask, type Piece, addPiece } from './ask.ts'
import { stepLine } from './own-tools.ts'
import { Refusal } from './refusal.ts'

export type SkillSettings = Pick<
  RunRequest,
  'paths' | 'environment' | 'network' | 'commands' | 'commandRules' | 'sandbox' | 'allowPaths'
> & {
  root: string
  allow: NonNullable<RunRequest['allow']>
  /** Default: the skill's own limit. */
  timeout?: number
  model: RunRequest['model']
  /** Stays open. */
  engine: Engine
}

/** Skills as models: what they are asked is their prompt, and what they report is the answer. */
export function createSkillModels(settings: SkillSettings): SkillModels {
  const { paths, root, allow } = settings
  const list = async () => (await offeredSkills(skillPlaces(paths, root), allow)).map(({ name }) => name)
  return {
    list,
    async run(name, ask, { signal, say, emit }) {
      // guard: offered-skills
      if (!(await list()).includes(name)) throw unknown(name)
      const pieces: Piece[] = []
      const add = (piece: Piece) => {
        addPiece(pieces, piece)
        say(piece)
      }
      const { run } = await import('../../app/run.ts')
      const report = await run(requestOf(name, ask, settings), {
        signal,
        engine: settings.engine,
        emit(event) {
          emit(event)
          const line = progressLine(event)
          if (line !== undefined) add({ type: 'thinking', text: `${line}\n` })
        },
      })
      if (report.stop === 'interrupted') throw new LocalBrainError('interrupted', 'the client left')
      const { selectReporter } = await import('../../report/index.ts')
      add({ type: 'text', text: await selectReporter('markdown')(report) })
      return { pieces, calls: [], reason: reasonOf(report), usage: usageOf(report) }
    },
  }
}

function unknown(name: string): Refusal {
  return new Refusal('unknown-model', `There is no skill "${name.slice(0, 100)}" to ask here`, { param: 'model' })
}

function requestOf(skill: string, { messages, work = {} }: Ask, settings: SkillSettings): RunRequest {
  const { paths, environment, network, commands, commandRules, sandbox, allowPaths, model, root, timeout, allow } =
    settings
  const { files = [], git_diff: isDiff = false, base, vars } = work
  const diff = base !== undefined ? { base } : isDiff ? {} : undefined
  const prompt = messages.findLast(({ role }) => role === 'user')?.content ?? ''
  return {
    paths,
    environment,
    network,
    commands,
    commandRules,
    sandbox,
    allowPaths,
    model,
    skill,
    work: { files, prompt, diff },
    emptyHint: '"metadata": {"local_brain": {"files": ["<file>"]}}, or {"git_diff": true}',
    vars,
    root,
    cwd: root,
    allow: allow === 'read' ? undefined : allow,
    limits: { timeout },
  }
}

function progressLine(event: AgentEvent): string | undefined {
  if (event.type === 'tool_end') return stepLine(event)
  if (event.type === 'unit_end') return `${event.unit} of ${countUnits(event)}: ${escapeLine(event.label)}`
  return undefined
}

function reasonOf({ stop }: Report): Answered['reason'] {
  return stop === 'time_limit' || stop === 'context_full' ? 'length' : 'answer'
}

function usageOf({ usage }: Report): Answered['usage'] {
  return { input: usage.promptTokens, output: usage.outputTokens }
}
