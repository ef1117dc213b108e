import * as z from 'zod'
import { reportSchema } from '../src/report/report.ts'
import { caseFileSchema } from '../src/skills/case.ts'
import { skillFileSchema } from '../src/skills/schema.ts'
import { tools } from '../src/tools/index.ts'

/** `input`: a report may have more than this version knows, and a skill file may leave out what has a default. */
const toSchema = (shape: z.ZodType) => z.toJSONSchema(shape, { io: 'input', target: 'draft-2020-12' })

/** The published schemas by the name of their file. */
export const schemas = {
  'report.schema.json': { title: 'Report of local-brain (local-brain.report/1)', schema: toSchema(reportSchema) },
  'skill-case.schema.json': { title: 'Case of a skill of local-brain', schema: toSchema(caseFileSchema) },
  'skill.schema.json': { title: 'Skill of local-brain', schema: withToolNames(toSchema(skillFileSchema)) },
}

/** An unknown tool is an error, so an editor may offer the known ones. */
function withToolNames({ properties, ...schema }: ReturnType<typeof toSchema>) {
  const items = { enum: tools.map(({ name }) => name) }
  return { ...schema, properties: { ...properties, tools: { ...Object(properties?.['tools']), items } } }
}
