import type { Finding } from './finding.ts'

/**
 * The closed list a model chooses from. A small model finds named defects; asked for opinions it invents them. The name
 * is the second half of a finding's rule, so it must never change.
 */
export const defects = {
  'null-path': 'bug',
  'inverted-condition': 'bug',
  'off-by-one': 'bug',
  'missing-await': 'bug',
  'wrong-variable': 'bug',
  'unhandled-case': 'bug',
  'wrong-result': 'bug',
  'data-loss': 'data-loss',
  race: 'concurrency',
  'leaked-resource': 'resource',
  'swallowed-error': 'error-handling',
  'broken-caller': 'api-break',
  'slow-path': 'performance',
  injection: 'security',
  'path-traversal': 'security',
  'missing-check': 'security',
  'exposed-secret': 'security',
  'unsafe-input': 'security',
  'weak-crypto': 'security',
  'missing-test': 'test-gap',
  'needless-code': 'maintainability',
  'debug-leftover': 'maintainability',
} as const satisfies Record<string, Finding['category']>

export type Defect = keyof typeof defects

export const defectNames = Object.keys(defects) as [Defect, ...Defect[]]
