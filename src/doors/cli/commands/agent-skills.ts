import { existsSync } from 'node:fs'
import { readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { LocalBrainError } from '../../../errors.ts'
import { escapeLine, escapeText } from '../../../text/escape.ts'
import { type AgentSkill, parseAgentSkill, sidecar } from '../../../skills/agent-skill.ts'
import { exportAgentSkill } from '../../../skills/export-skill.ts'
import { findSkill } from '../../../skills/find.ts'
import { importAgentSkill } from '../../../skills/import-skill.ts'
import { loadSkill, readSkillText } from '../../../skills/load.ts'
import type { KnownTool } from '../../../skills/skill.ts'
import { writeOut } from '../output.ts'
import { placeSkill, places } from '../skill-places.ts'
import { explain } from './explain.ts'
import { paragraphs, writeAside } from '../terminal.ts'
import { makeFolder } from '../../../store/make-folder.ts'

export function defineExport(group: Command): void {
  const command = group
    .command('export <name>')
    .description('write it as an Agent Skill: a folder with SKILL.md, for other agents')
    .option('--to <folder>', 'where that folder belongs', '.')
    .action(exportSkill)
  explain(command, {
    examples: [['local-brain skills export code-review --to .claude/skills', 'for Claude Code']],
    files: 'writes <folder>/<name>/SKILL.md and the YAML beside it; nothing that is there already is replaced.',
  })
}

export function defineImport(group: Command): void {
  const command = group
    .command('import <path>')
    .description('take an Agent Skill, a folder or its SKILL.md, as a skill of your own')
    .action(importSkill)
  explain(command, {
    examples: [['local-brain skills import .claude/skills/release-notes', 'a folder with SKILL.md']],
    files: 'writes ~/.config/local-brain/skills/<name>/skill.yaml.',
  })
}

/** `<to>/<name>/SKILL.md`, with the skill's own YAML beside it so that nothing is lost. */
async function exportSkill(name: string, { to }: { to: string }): Promise<void> {
  const skill = await findSkill(name, places())
  const folder = resolve(to, skill.name)
  const files = [
    [join(folder, sidecar.path), await readFile(skill.file)],
    [join(folder, 'SKILL.md'), await exportAgentSkill(skill)],
  ] as const
  try {
    makeFolder(join(folder, dirname(sidecar.path)))
    for (const [file, content] of files) await writeFile(file, content, { flag: 'wx' })
  } catch (cause) {
    const there = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new LocalBrainError('output', there ? `"${folder}" is there already` : `Cannot write to "${folder}"`, {
      hint: `local-brain skills export ${name} --to <another folder>`,
      cause,
    })
  }
  const said = `Wrote ${join(folder, 'SKILL.md')}\nAgents look in .agents/skills and .claude/skills\n`
  await writeOut(paragraphs(escapeText(said)))
}

/** An Agent Skill becomes a skill of the user's own, which is what makes it trusted. */
async function importSkill(path: string): Promise<void> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false
  const file = isFolder ? join(path, 'SKILL.md') : path
  if (!existsSync(file)) {
    throw new LocalBrainError('unknown-skill', `"${file}" does not exist`, {
      hint: 'local-brain skills import <folder with SKILL.md>',
    })
  }
  const { text } = await readSkillText(file)
  const agentSkill = await parseAgentSkill(text, file)
  const { name } = agentSkill
  const at = places()
  const { yaml, warnings } =
    (await readSidecar(file, { agentSkill, text, tools: at.tools })) ?? (await importAgentSkill(agentSkill))
  const takenHint = `rename it in ${file}, and its folder`
  const written = await placeSkill(at, { name, text: yaml, takenHint })
  const { tools } = await loadSkill({ file: written, origin: 'user', tools: at.tools })
  for (const warning of [...warnings, ...(await folderWarnings(file, agentSkill))]) {
    await writeAside('warning', escapeLine(warning))
  }
  const lines = [
    `Wrote ${written}`,
    `Tools it may call: ${tools.join(', ') || 'none'}`,
    `Read it before you run it: local-brain skills show ${name}`,
  ]
  await writeOut(paragraphs(escapeText(`${lines.join('\n')}\n`)))
}

/** What `skills export` put beside a SKILL.md: the skill as it was, to the byte. */
async function readSidecar(
  markdown: string,
  {
    agentSkill: { name, metadata },
    text,
    tools,
  }: { agentSkill: AgentSkill; text: string; tools: readonly KnownTool[] },
) {
  if (metadata[sidecar.key] !== sidecar.path) return undefined
  const folder = dirname(markdown)
  const file = join(folder, sidecar.path)
  const inside = join(await realpath(folder), sidecar.path)
  if ((await realpath(file).catch(() => inside)) !== inside) {
    throw new LocalBrainError('invalid-skill', `"${file}" is a link to somewhere else`, { hint: `ls -l ${file}` })
  }
  const skill = await loadSkill({ file, origin: 'user', tools })
  if (skill.name !== name) {
    const hint = `local-brain skills check ${file}`
    throw new LocalBrainError('invalid-skill', `"${file}" is named "${skill.name}", its SKILL.md "${name}"`, { hint })
  }
  const { bytes } = await readSkillText(file)
  const isEdited = (await exportAgentSkill(skill)) !== text.replace(/\r\n/g, '\n')
  const warnings = isEdited ? [`SKILL.md was edited since its export; ${sidecar.path} is what was taken`] : []
  return { yaml: bytes, warnings }
}

const maxNamed = 5

/** What is not taken along, and a folder that does not have the name of its skill. */
async function folderWarnings(file: string, { name, metadata }: AgentSkill): Promise<string[]> {
  const folder = dirname(resolve(file))
  const known = ['SKILL.md', ...(metadata[sidecar.key] === sidecar.path ? [dirname(sidecar.path)] : [])]
  const others = (await readdir(folder)).filter((entry) => !known.includes(entry)).sort()
  const left = others.slice(0, maxNamed).join(', ') + (others.length > maxNamed ? ', …' : '')
  return [
    ...(basename(folder) === name ? [] : [`its folder is named "${basename(folder)}"; the format wants "${name}"`]),
    ...(others.length > 0 ? [`not taken along: ${left}; nothing of a skill is run here`] : []),
  ]
}
