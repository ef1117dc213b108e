/** The values every template has, whatever the skill declares (CONTRACT section 3). */
export const reserved: readonly string[] = [
  'input',
  'filename',
  'path',
  'language',
  'content',
  'files',
  'diff',
  'branch',
  'fence',
]
