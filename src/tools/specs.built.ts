import { specOf } from '../core/model.ts'
import { tools } from './index.ts'

/** What a model is told about every tool there is, worked out when the program is built: no tool is loaded for it. */
export const toolSpecs = tools.map(specOf)

/** What a skill may ask for. */
export const toolNames = tools.map((tool) => tool.name)
