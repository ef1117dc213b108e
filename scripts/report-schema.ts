import * as z from 'zod'
import { reportSchema } from '../src/report/report.ts'

/** `input`: a report may have more than this version knows, since changes are additive. */
export const schema = z.toJSONSchema(reportSchema, { io: 'input', target: 'draft-2020-12' })
