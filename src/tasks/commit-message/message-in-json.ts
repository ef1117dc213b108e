import { isRecord } from '../../core/fits.ts'
import { jsonInText } from '../../core/json-in-text.ts'

/** The message in a reply that is nothing but its fields as JSON; undefined for any other. */
export function messageInJson(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^`{3,}\w*\s/, '')
    .replace(/(?<!`)`{3,}$/, '')
    .trim()
  if (!bare.startsWith('{') || !bare.endsWith('}')) return undefined
  const { whole } = jsonInText(bare)
  const [fields, ...others] = whole
  if (!isRecord(fields) || others.length > 0) return undefined
  const textOf = (...names: string[]) =>
    names.map((name) => fields[name]).find((one): one is string => typeof one === 'string' && one.trim() !== '')
  const subject = textOf('message', 'commit_message', 'commitMessage', 'subject', 'header', 'title', 'summary')
  if (subject === undefined) return undefined
  const [type, scope] = [textOf('type'), textOf('scope')]
  const place = scope === undefined || /^none$/i.test(scope) ? '' : `(${scope})`
  const start = type === undefined || /^\w+(?:\([^()]*\))?!?:/.test(subject) ? '' : `${type}${place}: `
  const body = textOf('body', 'description', 'why')
  return [`${start}${subject}`, ...(body === undefined ? [] : ['', body])].join('\n')
}
