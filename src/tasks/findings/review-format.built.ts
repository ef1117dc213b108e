import { toJsonSchema } from '../../core/json-schema.ts'
import { reviewReplySchema } from './reply.ts'

/** What a server is told about the reply to a review, worked out when the program is built. */
export const reviewFormat = toJsonSchema(reviewReplySchema)
