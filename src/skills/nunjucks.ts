/** Parts of nunjucks that its published types leave out: its scanner, parser and compiler. */
export type Nunjucks = {
  lexer: { lex(source: string): { nextToken(): Token | null } }
  parser: { parse(source: string): TemplateNode }
  compiler: { compile(source: string, asyncFilters: [], extensions: [], name: undefined, options: object): string }
}

type Token = { type: string }

/** One node of a parsed template. `typename` decides which other fields it has. */
export type TemplateNode = { typename: string; lineno: number } & Record<string, unknown>

export async function loadNunjucks(): Promise<Nunjucks> {
  const { default: nunjucks } = await import('nunjucks')
  return nunjucks as unknown as Nunjucks
}

/** The part of nunjucks that compiled templates call: a tenth of it. */
export type Runtime = Record<string, unknown> & { Frame: new () => { topLevel: boolean } }

export async function loadRuntime(): Promise<Runtime> {
  const { default: runtime } = await import('nunjucks/src/runtime.js')
  return runtime as Runtime
}

/** Maximum characters of a template. */
export const maxTemplate = 32_000

/** True for a text without tags: it renders to itself, so nunjucks, which is slow to load, is not needed. */
export function isPlainText(source: string): boolean {
  return source.length <= maxTemplate && !/\{[{%#]/.test(source)
}
