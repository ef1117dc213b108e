import type { CriterionRow } from '../../report/report.ts'
import type { Editor } from '../../workspace/edit.ts'
import type { LoadedSpec } from './load-spec.ts'

type Progress = { criteria: readonly CriterionRow[]; isDone: boolean }

/** Ticks the boxes of what is met, and sets the status once all is done. It becomes a part of the proposal. */
export async function updateSpec(editor: Editor, path: string, spec: LoadedSpec, progress: Progress): Promise<void> {
  const file = await editor.open(path)
  if (file.text === undefined) return
  const text = updated(file.text, spec, progress)
  if (text !== file.text) await editor.replace(file, text).commit()
}

function updated(text: string, spec: LoadedSpec, { criteria, isDone }: Progress): string {
  const lines = text.split('\n')
  for (const [at, { state }] of criteria.entries()) {
    const { line, hasBox } = spec.criteria[at] ?? { line: -1, hasBox: false }
    const old = lines[line]
    if (state === 'met' && hasBox && old !== undefined) lines[line] = old.replace(/\[ \]/, '[x]')
  }
  if (isDone && spec.status !== undefined) {
    const at = lines.findIndex((line) => line.startsWith('status:'))
    const end = lines[at]?.endsWith('\r') ? '\r' : ''
    if (at > 0) lines[at] = `status: completed${end}`
  }
  return lines.join('\n')
}
