import * as z from 'zod'

// A file of its own, loaded when there is a config: a dynamic import of zod itself would bring all of it.
export const configSchema = z.strictObject({
  model: z.string().optional(),
  host: z.string().optional(),
  keep_alive: z.string().optional(),
})
