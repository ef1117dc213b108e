// What the commands besides the run do, loaded as one: finding and opening a module costs more than reading its code.
export { fail } from '../failure.ts'
export { completeCommand, completionCommand } from './completion.ts'
export { demoCommand } from './demo.ts'
export { doctorCommand } from './doctor.ts'
export { lastCommand } from './last.ts'
export { modelsCommand } from './models.ts'
export { checkCommand, listCommand, newCommand, showCommand } from './skills.ts'
