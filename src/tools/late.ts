import type { Tool } from '../core/tool.ts'
import { knownTools, toolSpecs } from './specs.built.ts'

/**
 * The tools with these names, in this order, of which only what a model is told is there: the code of all of them is
 * loaded by the first call. Most answers take none.
 */
export function lateTools(names: readonly string[]): Tool[] {
  return [...new Set(names)].map((name) => {
    const spec = toolSpecs.find((one) => one.name === name)
    const known = knownTools.find((one) => one.name === name)
    if (spec === undefined || known === undefined) throw new Error(`there is no tool "${name}"`)
    return lateTool({ ...spec, access: known.access })
  })
}

function lateTool(told: Pick<Tool, 'name' | 'description' | 'parameters' | 'access'>): Tool {
  const load = async (): Promise<Tool> => {
    const { selectTools } = await import('./index.ts')
    const [tool] = selectTools([told.name])
    return tool as Tool
  }
  return {
    ...told,
    check: async (args) => (await load()).check(args),
    plan: async (args, context) => (await load()).plan?.(args, context),
    preview: async (args, context) => (await load()).preview?.(args, context),
    run: async (args, context) => (await load()).run(args, context),
  }
}
