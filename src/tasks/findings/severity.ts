/** From the worst to the mildest. */
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const

export type Severity = (typeof severities)[number]

/** How certain a finding is, the surest first. */
export const confidences = ['high', 'medium', 'low'] as const
