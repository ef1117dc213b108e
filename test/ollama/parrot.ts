import { onTestFinished } from 'vitest'
import type { Subject } from './server.ts'

const name = 'local-brain-parrot'

const call = (tool: string, args: Record<string, string>) =>
  `<tool_call>\n${JSON.stringify({ name: tool, arguments: args })}\n</tool_call>`

/**
 * Even the smallest model says once more what it reads three times. This one reads nothing but what it has to say next:
 * the first of these texts, then the next one after each result of a tool, and the last one at the end.
 */
function template(texts: readonly [string, string, string]): string {
  const turn = (text: string) => `<|im_start|>user\nSay it.<|im_end|>\n<|im_start|>assistant\n${text}<|im_end|>\n`
  const [first, second, last] = texts.map((text) => turn(text).repeat(3))
  // The server learns from the calls of a template how this model writes them.
  const calls =
    '{{- range .Messages }}{{- if .ToolCalls }}{{- range .ToolCalls }}<tool_call>\n' +
    '{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}\n</tool_call>{{ end }}\n{{ end }}{{- end }}\n'
  const count =
    '{{- $at := "first" }}{{- range .Messages }}{{- if eq .Role "tool" }}{{- if eq $at "first" }}{{- $at = "second" }}' +
    '{{- else }}{{- $at = "last" }}{{- end }}{{- end }}{{- end }}{{- if not .Tools }}{{- $at = "last" }}{{- end }}\n'
  const say = `{{- if eq $at "first" }}${first}{{ else if eq $at "second" }}${second}{{ else }}${last}{{ end }}`
  return `${count}${calls}${say}<|im_start|>user\nSay it.<|im_end|>\n<|im_start|>assistant\n`
}

export const parrotCalls = {
  edit: { path: 'a.ts', old: 'const x = 1', new: 'const x = 2' },
  command: { command: 'cat a.ts' },
}

/** A model with the weights of another one that edits a file, runs a command and answers. It is gone after the test. */
export async function createParrot({ url, model }: Subject): Promise<string> {
  const texts = [
    call('edit_file', parrotCalls.edit),
    call('run_command', parrotCalls.command),
    'Changed a.ts.',
  ] as const
  const body = {
    model: name,
    from: model.name,
    template: template(texts),
    parameters: { temperature: 0, stop: ['<|im_end|>'] },
    stream: false,
  }
  const send = async (method: string, path: string, json: object) =>
    fetch(new URL(path, url), { method, body: JSON.stringify(json) })
  onTestFinished(async () => void (await send('DELETE', '/api/delete', { model: name })))
  const created = await send('POST', '/api/create', body)
  if (!created.ok) throw new Error(await created.text())
  return name
}
