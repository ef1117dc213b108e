import { changes } from './changes.mjs'
import { chat } from './chat.mjs'
import { commands } from './commands.mjs'
import { git } from './git.mjs'
import { model } from './model.mjs'
import { process } from './process.mjs'
import { reading } from './reading.mjs'
import { serve } from './serve.mjs'
import { server } from './server.mjs'
import { tried } from './samples.mjs'
import { skills } from './skills.mjs'
import { work } from './work.mjs'
import { writing } from './writing.mjs'

export const rows = [
  ...reading,
  ...git,
  ...changes,
  ...commands,
  ...chat,
  ...skills,
  ...model,
  ...server,
  ...serve,
  ...process,
  ...work,
  ...writing,
  ...tried,
]
