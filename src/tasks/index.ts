import type { Skill } from '../skills/skill.ts'
import { commitMessage } from './commit-message/task.ts'
import { findings } from './findings/task.ts'
import { prose } from './prose.ts'
import type { Task } from './task.ts'

type TaskSkill = Pick<Skill, 'name' | 'output' | 'defects'>

/** What a skill's `output_format` does with the input. */
const tasks: Readonly<Record<Skill['output'], (skill: TaskSkill) => Task>> = {
  markdown: () => prose,
  text: () => prose,
  findings,
}

/** Text of a skill with this name is the message of a commit. */
const messageSkill = 'commit-message'

export function taskOf(skill: TaskSkill): Task {
  return skill.name === messageSkill && skill.output === 'text' ? commitMessage : tasks[skill.output](skill)
}
