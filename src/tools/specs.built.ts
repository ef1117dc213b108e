import { specOf } from '../core/model.ts'
import { tools } from './index.ts'

/** What a model is told about each tool. Computed by the build, so that no tool has to be loaded for it. */
export const toolSpecs = tools.map(specOf)

/** The tools that a skill may list, and what they may do. */
export const knownTools = tools.map(({ name, access }) => ({ name, access }))
