/** What we use of nunjucks beyond its published types: its own scanner, parser and compiler. */
export type Engine = {
  lexer: { lex(source: string): { nextToken(): Token | null } }
  parser: { parse(source: string): TemplateNode }
  compiler: { compile(source: string, asyncFilters: [], extensions: [], name: undefined, options: object): string }
}

type Token = { type: string }

/** One node of a parsed template; `typename` says which of the other fields there are. */
export type TemplateNode = { typename: string; lineno: number } & Record<string, unknown>

export async function loadEngine(): Promise<Engine> {
  const { default: nunjucks } = await import('nunjucks')
  return nunjucks as unknown as Engine
}

/** What compiled templates call: a tenth of nunjucks. */
export type Runtime = Record<string, unknown> & { Frame: new () => { topLevel: boolean } }

export async function loadRuntime(): Promise<Runtime> {
  const { default: runtime } = await import('nunjucks/src/runtime.js')
  return runtime as Runtime
}
