import { LocalBrainError } from '../errors.ts'
import { checkTemplate, type TemplateNames } from './check-template.ts'
import { type Engine, loadEngine } from './engine.ts'

/** A template that passes the allowlist → JavaScript. Throws LocalBrainError('invalid-skill'). */
export async function compileTemplate(source: string, names: TemplateNames, label: string): Promise<string> {
  const engine = await loadEngine()
  const [problem] = checkTemplate(engine, source, names)
  if (problem) throw new LocalBrainError('invalid-skill', `${label} ${problem.message}`, problem)
  return toCode(engine, source)
}

/** What nunjucks makes of a template that was checked. */
export function toCode(engine: Engine, source: string): string {
  return engine.compiler.compile(source, [], [], undefined, { autoescape: false, throwOnUndefined: true })
}
