import { specOf } from '../core/model.ts'
import { tools } from './index.ts'

/** What a model is told about each tool. Computed by the build, so that no tool has to be loaded for it. */
export const toolSpecs = tools.map(specOf)

/** The names that a skill may list. */
export const toolNames = tools.map((tool) => tool.name)
