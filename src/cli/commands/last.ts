import { LocalBrainError } from '../../errors.ts'
import { selectReporter } from '../../reporters/index.ts'
import { reportSchema } from '../../reporters/report.ts'
import { createStore } from '../../store/store.ts'
import { renderMarkdown } from '../markdown.ts'
import { writeOut } from '../output.ts'
import { readSettings } from '../settings.ts'
import { useColor } from '../terminal.ts'

/** `local-brain last`: the previous report, in any format. */
export async function lastCommand({ format }: { format: string }): Promise<void> {
  const settings = readSettings()
  const reporter = selectReporter(format)
  const report = await createStore(settings.paths.state).load('last', reportSchema)
  if (report === undefined) {
    throw new LocalBrainError('usage', 'There is no previous report', { hint: 'local-brain --git-diff' })
  }
  const text = reporter(report)
  const rendered = format === 'markdown' && process.stdout.isTTY
  await writeOut(rendered ? renderMarkdown(text, useColor(process.stdout, settings.color)) : text)
}
