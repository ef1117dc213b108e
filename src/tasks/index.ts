import type { Skill } from '../skills/skill.ts'
import { findings } from './findings/task.ts'
import { prose } from './prose.ts'
import type { Task } from './task.ts'

/** What a skill's `output_format` does with the input. */
export const tasks: Readonly<Record<Skill['output'], Task>> = {
  markdown: prose,
  text: prose,
  findings,
}
