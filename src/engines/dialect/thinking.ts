import type { Think } from '../engine.ts'

export type ThinkWish = {
  capabilities: readonly string[]
  /** The model's family, as `/api/show` gives it. */
  family?: string
  wish?: Think
  /** The reply has to follow a schema. */
  structured: boolean
}

/**
 * The `think` to send: off unless wished, since the server's own default is on. gpt-oss can't switch it off, so it gets a
 * level. A structured reply is never thought about: the schema would not hold until the thinking ends. A model without the
 * capability is never asked for it, which would be a 400.
 */
export function thinkFor({ capabilities, family = '', wish = false, structured }: ThinkWish): Think {
  if (/^gpt-?oss/i.test(family)) {
    if (structured || wish === false) return 'low'
    return wish === true ? 'medium' : wish
  }
  return structured || !capabilities.includes('thinking') ? false : wish
}
