/** Characters a template may have. */
export const maxTemplate = 32_000

/** A text in which nothing begins a tag is what it renders to: nunjucks, large and slow to read, is not needed for it. */
export function isPlainText(source: string): boolean {
  return source.length <= maxTemplate && !/\{[{%#]/.test(source)
}
