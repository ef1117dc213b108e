export const hookNames = ['pre-commit', 'prepare-commit-msg', 'pre-push'] as const

export type HookName = (typeof hookNames)[number]
