/**
 * What a tool may do: `read` inside the workspace, `write` files there, `run` programs. Each includes the one before.
 */
export type Access = (typeof accessLevels)[number]

export const accessLevels = ['read', 'write', 'run'] as const

/** Whether what needs `wanted` may be done by who has `access`. */
export function includes(access: Access, wanted: Access): boolean {
  return accessLevels.indexOf(wanted) <= accessLevels.indexOf(access)
}
