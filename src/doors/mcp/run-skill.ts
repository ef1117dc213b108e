import { offeredSkills } from '../../app/offered-skills.ts'
import type { RunRequest } from '../../app/request.ts'
import { run } from '../../app/run.ts'
import { skillPlaces } from '../../app/session.ts'
import { type AgentEvent, type Emit, countUnits } from '../../core/events.ts'
import type { Engine } from '../../engines/engine.ts'
import { LocalBrainError } from '../../errors.ts'
import { selectReporter } from '../../report/index.ts'
import type { Skill } from '../../skills/skill.ts'
import { escapeLine } from '../../text/escape.ts'
import { suggestion } from '../../text/nearest.ts'
import type { RunSkillArguments } from './tools.ts'
import { taskOf } from '../../tasks/index.ts'

export type McpRequest = Pick<RunRequest, 'paths' | 'environment' | 'model' | 'cwd'> & {
  /** Default: the first root that the client has, else `cwd`. */
  root?: string
  /** Also offer the tools that read. */
  tools: boolean
  /** Seconds for one run. Default: the skill's own limit. */
  timeout?: number
  emit: Emit
  /** Default: the engine that the request's host names. */
  engine?: Engine
}

/** Where a run works, and how it tells of what it does. */
export type Around = { root: string; signal: AbortSignal; progress: (text: string) => void }

/** The skills that only read, a line each: nobody could be asked about more. */
export async function listSkillsText(request: McpRequest, root: string): Promise<string> {
  const skills = await offeredSkills(skillPlaces(request.paths, root), 'read')
  return skills.map(lineFor).join('\n')
}

function lineFor(skill: Skill): string {
  const { name, description, inputs } = skill
  const given = Object.entries(inputs).map(([input, { description: what, choices }]) => {
    const values = choices === undefined ? '' : ` (${choices.join(', ')})`
    return `${input}: ${what}${values}`
  })
  const vars = given.length === 0 ? '' : ` Inputs: ${given.join('; ')}.`
  return escapeLine(`${name}: ${description}. Gives ${taskOf(skill).givesFindings ? 'findings' : 'text'}.${vars}`)
}

/** Runs one skill. Rejects with LocalBrainError. */
export async function runSkill(args: RunSkillArguments, request: McpRequest, around: Around): Promise<string> {
  const { root, signal, progress } = around
  const { paths, environment, model, timeout, engine, emit } = request
  const skills = await offeredSkills(skillPlaces(paths, root), 'read')
  const names = skills.map(({ name }) => name)
  // guard: mcp-skills
  if (!names.includes(args.skill)) throw unknownSkill(args.skill, names)
  const report = await run(
    {
      skill: args.skill,
      work: { files: args.files ?? [], prompt: args.prompt ?? '', diff: diffOf(args) },
      emptyHint: 'give files, diff or base',
      vars: args.vars,
      root,
      cwd: root,
      paths,
      environment,
      model,
      limits: { timeout },
    },
    {
      signal,
      engine,
      emit(event) {
        emit(event)
        const line = progressLine(event)
        if (line !== undefined) progress(line)
      },
    },
  )
  return selectReporter(args.format ?? 'compact')(report)
}

function diffOf({ diff, base }: RunSkillArguments): RunRequest['work']['diff'] {
  if (base !== undefined) return { base }
  return diff === undefined ? undefined : { only: diff }
}

function unknownSkill(name: string, names: readonly string[]): LocalBrainError {
  const shown = name.slice(0, 100)
  return new LocalBrainError('unknown-skill', `There is no skill "${shown}" here; ${suggestion(shown, names)}`, {
    hint: 'call list_skills',
  })
}

function progressLine(event: AgentEvent): string | undefined {
  if (event.type === 'loading') return 'the model is being loaded'
  if (event.type === 'run_start') {
    const parts = countUnits({ ...event, of: event.units })
    return `${event.model} is asked about ${parts === '1' ? '1 part' : `${parts} parts`}`
  }
  if (event.type === 'tool_end') return `${escapeLine(event.name)} was called`
  return event.type === 'unit_end' ? `${event.unit} of ${countUnits(event)} done` : undefined
}
