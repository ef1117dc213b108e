import { LocalBrainError } from '../errors.ts'
import { agentSkillName, maxDescription, sidecar } from './agent-skill.ts'
import { sameTools } from './import-skill.ts'
import { renderPrompt } from './prompt.ts'
import type { Skill } from './skill.ts'
import { formatYaml } from './yaml.ts'

/** Writes the `SKILL.md` of a skill. The skill's own YAML belongs beside it, at `sidecar.path`. */
export async function exportAgentSkill(skill: Skill): Promise<string> {
  const { name, description, model, tools } = skill
  refuseUnfit(skill)
  const front = await formatYaml({
    name,
    description: description.trim(),
    compatibility: 'Needs local-brain and an Ollama model on this machine',
    metadata: {
      [sidecar.key]: sidecar.path,
      ...(model.length > 0 ? { 'local-brain.model': model.join(', ') } : {}),
      ...(tools.length > 0 ? { 'local-brain.tools': tools.join(', ') } : {}),
      'local-brain.output': skill.output,
    },
    'allowed-tools': [...agentTools(tools), 'Bash(local-brain:*)'].join(' '),
  })
  const required = Object.entries(skill.inputs).filter(([, input]) => input.default === undefined)
  const values = Object.fromEntries(required.map(([key, { choices }]) => [key, choices?.[0] ?? `<${key}>`]))
  const sections = (await readable(skill, values)).map(({ title, text }) => `## ${title}\n\n${text.trim()}\n\n`)
  return `---\n${front}---\n\n# ${name}\n\n${sections.join('')}## With a local model\n\n${command(name, Object.keys(values))}\n`
}

const command = (name: string, required: readonly string[]) =>
  `Rather than read the files yourself, let a model on this machine do it. Its findings are hypotheses: confirm each at
its line. If local-brain does not know this skill, pass this folder's ${sidecar.path} to \`-s\` instead.

run \`local-brain -s ${name} -f <file>${required.map((key) => ` --var ${key}=<${key}>`).join('')}\``

/** The prompts with names instead of values, for an agent that follows them itself. */
async function readable(skill: Skill, vars: Record<string, string>): Promise<{ title: string; text: string }[]> {
  const file = { path: '<path>', language: '<language>', content: '<content>' }
  const messages = await renderPrompt(skill, { ...file, filename: '<filename>', files: [file], vars })
  return messages.map(({ role, content }) => ({ title: role === 'system' ? 'Instructions' : 'Task', text: content }))
}

function agentTools(tools: readonly string[]): string[] {
  return [...sameTools].filter(([, own]) => tools.includes(own)).map(([name]) => name)
}

function refuseUnfit({ name, description, file, warnings }: Skill): void {
  const refuse = (problem: string, hint: string) =>
    new LocalBrainError('invalid-skill', `${file}: ${problem}`, { hint })
  const [warning] = warnings
  if (warning !== undefined) {
    throw new LocalBrainError('invalid-skill', warning, { hint: `local-brain skills check ${file}` })
  }
  if (!agentSkillName.test(name)) {
    throw refuse(`"${name}" is not a name for an Agent Skill`, 'rename it: 1 to 64 of a-z, 0-9 and single hyphens')
  }
  if (description.trim().length > maxDescription) {
    throw refuse(`description has more than ${maxDescription} characters`, 'shorten it to what the skill is for')
  }
}
