/** What we use of nunjucks beyond its published types: its own scanner and parser, and a template run by hand. */
export type Engine = {
  lexer: { lex(source: string): { nextToken(): Token | null } }
  parser: { parse(source: string): TemplateNode }
  runtime: Record<string, unknown> & { Frame: new () => { topLevel: boolean } }
  Template: new (source: string, environment: unknown, path: undefined, compileNow: true) => { rootRenderFunc: Root }
}

type Token = { type: string }

/** One node of a parsed template; `typename` says which of the other fields there are. */
export type TemplateNode = { typename: string; lineno: number } & Record<string, unknown>

/** Environment, context, frame, runtime, and what is called with the outcome before it returns. */
type Root = (...parts: [unknown, unknown, unknown, unknown, (error: unknown, text?: string) => void]) => void

export async function loadEngine(): Promise<Engine> {
  const { default: nunjucks } = await import('nunjucks')
  return nunjucks as unknown as Engine
}
