import { escape, page } from '../../src/report/html-page.ts'
import { version } from '../../src/version.ts'

/** What `npm run bench:models` measured of one model; `…Of` is how many there were. */
export type MeasuredModel = {
  model: string
  toolCalling: string
  /** Tokens a second; null where the server does not tell. */
  writes: number | null
  reads: number | null
  tools: number
  toolsOf: number
  parsed: number
  parsedOf: number
  found: number
  foundOf: number
  alarms: number
  alarmsOf: number
  /** Null where commands can't be run. */
  tasks: number | null
  tasksOf: number
  seconds: number
}

type Measure = {
  label: string
  about: string
  /** More of it is worse. */
  bad?: boolean
  /** The length of the bar, from 0 to 1, and the words beside it. */
  of: (row: MeasuredModel) => { share: number; words: string }
}

/** The measurements as one page with bars, the models in the order of the rows. */
export function modelsPage(rows: readonly MeasuredModel[], date: string): string {
  const [first] = rows
  const measures = measuresOf(rows)
  const heads = measures.map(({ label }) => `<th scope="col">${label}</th>`)
  const body = rows.map((row) => {
    const how = `calls tools: ${row.toolCalling}; ${row.seconds} s in all`
    const cells = measures.map((measure) => cell(measure, row))
    return `<tr><th scope="row">${escape(row.model)}<small>${escape(how)}</small></th>${cells.join('')}</tr>`
  })
  const work =
    first === undefined
      ? 'No model was measured.'
      : `Changes with a bug: ${first.foundOf}, without: ${first.alarmsOf}. Questions that need tools: ${first.toolsOf}. Tasks: ${first.tasksOf}`
  return page({
    title: 'Models for local-brain',
    style,
    body: [
      `<header><h1>Models for local-brain</h1><p class="facts">${escape(work)} · ${escape(date)}</p></header>`,
      `<table class="models"><thead><tr><th scope="col">Model</th>${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`,
      `<dl>${measures.map(({ label, about }) => `<dt>${label}</dt><dd>${about}</dd>`).join('')}</dl>`,
      `<footer>${escape(`npm run bench:models, local-brain ${version}`)}</footer>`,
    ].join('\n'),
  })
}

function measuresOf(rows: readonly MeasuredModel[]): Measure[] {
  const fastest = Math.max(1, ...rows.map(({ writes }) => writes ?? 0))
  const loudest = Math.max(1, ...rows.map(({ alarms, alarmsOf }) => Math.max(alarms, alarmsOf)))
  return [
    {
      label: 'Bugs found',
      about: 'Planted bugs that a review names at their line.',
      of: ({ found, foundOf }) => part(found, foundOf),
    },
    {
      label: 'False alarms',
      about: 'Findings about changes that are right. The shorter, the better.',
      bad: true,
      of: ({ alarms, alarmsOf }) => ({ share: alarms / loudest, words: `${alarms} in ${alarmsOf}` }),
    },
    {
      label: 'Structured replies',
      about: 'Reviews whose reply had the shape that was asked for.',
      of: ({ parsed, parsedOf }) => part(parsed, parsedOf),
    },
    {
      label: 'Tool calls',
      about: 'Questions answered right after a tool call.',
      of: ({ tools, toolsOf }) => part(tools, toolsOf),
    },
    {
      label: 'Tasks done',
      about: 'Written tasks whose checks hold in the end.',
      of: ({ tasks, tasksOf }) => (tasks === null ? { share: 0, words: 'no sandbox' } : part(tasks, tasksOf)),
    },
    {
      label: 'Speed',
      about: 'Tokens that the model writes in a second; the longest bar is the fastest model here.',
      of: ({ writes, reads }) =>
        writes === null
          ? { share: 0, words: 'not told' }
          : { share: writes / fastest, words: `${writes} a second${reads === null ? '' : `, reads ${reads}`}` },
    },
  ]
}

function part(count: number, of: number): { share: number; words: string } {
  return { share: of === 0 ? 0 : count / of, words: `${count} of ${of}` }
}

function cell({ label, bad, of }: Measure, row: MeasuredModel): string {
  const { share, words } = of(row)
  const width = Math.round(Math.min(1, Math.max(0, share)) * 100)
  const bar = `<span class="bar${bad ? ' bad' : ''}"><span style="width:${width}%"></span></span>`
  return `<td data-label="${label}">${bar}<span class="words">${escape(words)}</span></td>`
}

const style = `
body{max-width:75rem}
.models{width:100%;border-collapse:collapse}.models th,.models td{border:0;border-bottom:1px solid var(--line);padding:.5rem .6rem;text-align:left;vertical-align:top;font-weight:400}
.models thead th{color:var(--soft);font-size:.85rem;white-space:nowrap}.models th[scope=row]{font-weight:600;min-width:9rem}.models th small{display:block;font-weight:400}
.bar{display:block;height:.6rem;border-radius:.3rem;background:var(--code);border:1px solid var(--line);overflow:hidden;min-width:5rem}
.bar>span{display:block;height:100%;background:light-dark(#2b6cb0,#7cacf8)}.bar.bad>span{background:light-dark(#b3261e,#ee675c)}
.words{font-size:.85rem;white-space:nowrap}
dl{font-size:.85rem;color:var(--soft);margin:1.5rem 0}dt{font-weight:600;float:left;clear:left;margin-right:.5rem}dd{margin:0 0 .2rem}
@media (max-width:60rem){.models thead{display:none}.models,.models tbody,.models tr,.models td,.models th[scope=row]{display:block}
.models tr{border-bottom:1px solid var(--line);padding:.6rem 0}.models td,.models th[scope=row]{border:0;padding:.15rem 0}
.models td{display:grid;grid-template-columns:8.5rem 1fr 7.5rem;gap:.5rem;align-items:center}.models td::before{content:attr(data-label);font-size:.85rem;color:var(--soft)}.words{white-space:normal}}
@media print{.bar{print-color-adjust:exact}}
`
