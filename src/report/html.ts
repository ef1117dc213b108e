import { highlight } from '../syntax/highlight.ts'
import { languageOf } from '../syntax/language.ts'
import type { Finding } from '../tasks/findings/finding.ts'
import { severities } from '../skills/severity.ts'
import { escapeText } from '../text/escape.ts'
import { neutralMarkdown } from '../text/neutral-markdown.ts'
import { isSentence, stateOf } from './about-finding.ts'
import { changesSummary } from './changes.ts'
import { checkLines } from './checks.ts'
import { countParts } from './coverage.ts'
import { escape, escapeWords, page } from './html-page.ts'
import { droppedSentence, incompleteLine, rulesSentence } from './markdown.ts'
import type { Report } from './report.ts'

/** The value of one row of filters: every finding has its class. */
type Filter = { name: string; label: string; count: number }

/** One page that needs no other file: its filters are check boxes and style sheets. `root`: of the files on this machine. */
export async function html(report: Report, root?: string): Promise<string> {
  const findings = report.findings ?? []
  const filters = filterRows(findings)
  const body = [
    header(report),
    ...filters.map(filterRow),
    ...(report.findings === null ? [await answer(report)] : [await findingsOf(findings, root)]),
    checks(report),
    changes(report),
    coverage(report),
    `<footer>${escape(`${report.tool.name} ${report.tool.version}`)}</footer>`,
  ]
  const rules = [...filters.flat().map(hidingRule), ...emptyFileRules(findings)].join('\n')
  return page({ title: title(report), style: rules, body: body.filter((part) => part !== '').join('\n') })
}

function title({ skill, findings }: Report): string {
  const name = skill === '' ? 'local-brain' : skill
  return findings === null ? name : `${name}: ${plural(findings.length, 'finding')}`
}

function header(report: Report): string {
  const { model, usage, findings, stop, error } = report
  const { reviewed, of } = countParts(report)
  const seconds = (usage.totalMs / 1000).toFixed(1)
  const rate = usage.outputMs > 0 ? `, ${Math.round((usage.outputTokens * 1000) / usage.outputMs)} tokens a second` : ''
  const facts = [
    ...(of > 0
      ? [
          `${plural(new Set(report.reviewed.map(({ path }) => path)).size, 'file')}, ${reviewed} of ${plural(of, 'part')} reviewed`,
        ]
      : []),
    ...(model === null ? [] : [`${model.name}, window of ${model.contextLength} tokens`]),
    `${seconds} s${rate}`,
  ]
  const incomplete =
    incompleteLine(report, (text) => text) ??
    (stop === 'answered' ? undefined : `[Stopped: ${stop.replaceAll('_', ' ')}]`)
  return [
    `<header><h1>${escape(title(report))}</h1>`,
    findings === null ? '' : `<p class="counts">${countsOf(findings)}</p>`,
    `<p class="facts">${facts.map(escape).join(' · ')}</p>`,
    ...(error === undefined ? [] : [`<p class="problem">${escape(error.message)}</p>`]),
    ...(incomplete === undefined ? [] : [`<p class="problem">${escape(incomplete)}</p>`]),
    ...report.warnings.map((warning) => `<p class="problem">${escape(warning)}</p>`),
    '</header>',
  ].join('')
}

function countsOf(findings: readonly Finding[]): string {
  const counts = severities
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
  return counts.map(({ severity, count }) => `<span class="badge ${severity}">${count} ${severity}</span>`).join(' ')
}

/** Rows of filters by severity, file and rule; a row with a single value would filter nothing. */
function filterRows(findings: readonly Finding[]): Filter[][] {
  const rows = [
    {
      prefix: 's',
      values: severitiesOf(findings).flatMap((one) =>
        findings.filter(({ severity }) => severity === one).map(() => one as string),
      ),
    },
    { prefix: 'f', values: findings.map(({ path }) => path) },
    { prefix: 'r', values: findings.map(({ rule }) => rule) },
  ]
  return rows.map(({ prefix, values }) => {
    const distinct = [...new Set(values)]
    if (distinct.length < 2) return []
    return distinct.map((label, at) => ({
      name: `${prefix}${at}`,
      label,
      count: values.filter((value) => value === label).length,
    }))
  })
}

/** Those that occur, the worst first. */
function severitiesOf(findings: readonly Finding[]): Finding['severity'][] {
  return severities.filter((severity) => findings.some((finding) => finding.severity === severity))
}

function filterRow(row: readonly Filter[], at: number): string {
  if (row.length === 0) return ''
  const boxes = row.map(
    ({ name, label, count }) =>
      `<label><input type="checkbox" id="${name}" checked> ${escape(label)} <small>${count}</small></label>`,
  )
  const legend = ['Severity', 'File', 'Rule'][at] ?? ''
  return `<details class="filter"${row.length <= 6 ? ' open' : ''}><summary>${legend}</summary>${boxes.join('')}</details>`
}

function hidingRule({ name }: Filter): string {
  return `body:has(#${name}:not(:checked)) .${name}{display:none}`
}

/** A file without any finding that is shown is not shown either. */
function emptyFileRules(findings: readonly Finding[]): string[] {
  const classes = classesOf(findings)
  return [...new Set(findings.map(({ path }) => path))].map((path, at) => {
    const own = new Set(findings.filter((finding) => finding.path === path).map(classes))
    const hidden = [...own].map((names) => `:has(:is(#${names.replace(' ', ',#')}):not(:checked))`)
    return `body${hidden.join('')} .f${at}{display:none}`
  })
}

async function findingsOf(findings: readonly Finding[], root: string | undefined): Promise<string> {
  if (findings.length === 0) return '<main><p>No findings.</p></main>'
  const paths = [...new Set(findings.map(({ path }) => path))]
  const classes = classesOf(findings)
  const files = paths.map(async (path, at) => {
    const own = findings.filter((finding) => finding.path === path)
    const items = await Promise.all(own.map((finding) => item(finding, classes(finding), root)))
    return `<section${paths.length > 1 ? ` class="f${at}"` : ''}><h2>${escape(path)}</h2>${items.join('')}</section>`
  })
  return `<main>${(await Promise.all(files)).join('\n')}</main>`
}

/** The classes that the filters hide a finding by. */
function classesOf(findings: readonly Finding[]): (finding: Finding) => string {
  const severity = severitiesOf(findings)
  const rules = [...new Set(findings.map(({ rule }) => rule))]
  return (finding) => `s${severity.indexOf(finding.severity)} r${rules.indexOf(finding.rule)}`
}

async function item(finding: Finding, classes: string, root: string | undefined): Promise<string> {
  const { severity, path, startLine, quote, suggestion, trigger } = finding
  const place = `${path}:${startLine}`
  const link = root === undefined ? undefined : editorLink(root, path, startLine)
  return [
    `<article class="${classes}"><h3><span class="badge ${severity}">${severity}</span> ${escapeWords(finding.title)}</h3>`,
    `<p class="place">${link === undefined ? escape(place) : `<a href="${link}">${escape(place)}</a>`} · ${stateOf(finding).map(escape).join(' · ')}</p>`,
    quote === '' ? '' : await code(quote, path),
    `<p>${escapeWords(finding.message)}</p>`,
    trigger === '' ? '' : `<p><b>When</b> ${escapeWords(trigger)}</p>`,
    suggestion === null ? '' : await suggested(suggestion, path),
    '</article>',
  ].join('')
}

async function suggested(text: string, path: string): Promise<string> {
  return isSentence(text)
    ? `<p><b>Instead</b> ${escapeWords(text)}</p>`
    : `<p><b>Instead</b></p>${await code(text, path)}`
}

/** A link that opens an editor at the line. */
function editorLink(root: string, path: string, line: number): string {
  const whole = `${root.replaceAll('\\', '/').replace(/\/$/, '')}/${path}`
  const parts = whole.split('/').map((part) => encodeURIComponent(escapeText(part)))
  return escape(`vscode://file/${parts.join('/').replace(/^\//, '')}:${line}`)
}

async function code(text: string, path: string): Promise<string> {
  const pieces = await highlight(escapeText(text), languageOf(path))
  const spans = pieces.map(({ text: piece, shade }) =>
    shade === 'plain' ? escape(piece) : `<span class="${shade}">${escape(piece)}</span>`,
  )
  return `<pre><code>${spans.join('')}</code></pre>`
}

/** Prose that a model wrote as Markdown: what is active in it was disarmed, and the parser lets no HTML through. */
async function answer(report: Report): Promise<string> {
  if (report.answerFormat === 'text') return `<main class="prose"><pre>${escape(report.answer)}</pre></main>`
  const { default: MarkdownIt } = await import('markdown-it')
  const parser = new MarkdownIt({ html: false, linkify: false }).disable('image')
  return `<main class="prose">${parser.render(neutralMarkdown(report.answer))}</main>`
}

/** What the program itself ran, and how often the model tried. */
function checks({ checks: rows = [], rounds }: Report): string {
  if (rows.length === 0) return ''
  const lines = checkLines(rows, (text) => text)
  const items = rows.map(({ after, output }, at) => {
    const line = `<b class="${after === 'ok' ? 'added' : 'removed'}">${escape(lines[at] ?? '')}</b>`
    const printed = after === 'ok' || output.trim() === '' ? '' : `<pre><code>${escape(output)}</code></pre>`
    return `<li>${line}${printed}</li>`
  })
  const tries = rounds === undefined ? '' : ` after ${plural(rounds, 'round')}`
  return `<section class="checks"><h2>Checks${tries}</h2><ul>${items.join('')}</ul></section>`
}

function changes({ changes: files = [], patch, proposal }: Report): string {
  if (files.length === 0) return ''
  const state =
    proposal?.applied === true ? 'applied' : proposal?.branch != null ? `on branch ${proposal.branch}` : 'proposed'
  const names = files.map(({ path, from, kind, sensitive, weakens, outsideTargets }) => {
    const name = from === undefined ? path : `${from} → ${path}`
    const marks = [
      ...(sensitive ? ['runs by itself'] : []),
      ...(weakens ? ['changed while its check failed'] : []),
      ...(outsideTargets ? ['not in target_files'] : []),
    ]
    return `<li>${escape(`${kind} ${name}`)}${marks.map((mark) => ` <b class="problem">${mark}</b>`).join('')}</li>`
  })
  const lines = (patch ?? '').split('\n').map((line) => `<span class="${lineClass(line)}">${escape(line)}</span>`)
  return [
    `<section class="changes"><h2>Changes: ${escape(`${changesSummary(files)}, ${state}`)}</h2><ul>${names.join('')}</ul>`,
    patch == null || patch === '' ? '' : `<pre class="diff"><code>${lines.join('\n')}</code></pre>`,
    '</section>',
  ].join('')
}

function lineClass(line: string): string {
  if (/^(?:diff --git |index |--- |\+\+\+ )/.test(line)) return 'head'
  return { '+': 'added', '-': 'removed', '@': 'hunk' }[line[0] ?? ''] ?? 'plain'
}

/** What was looked at and what was not: it adds up to the whole input. */
function coverage(report: Report): string {
  // A written task has no input besides itself.
  if (report.scope.kind === 'spec') return ''
  const ranges = report.reviewed.map(
    ({ path, startLine, endLine }) => `<li>${escape(`${path}:${startLine}-${endLine}`)}</li>`,
  )
  const missing = report.notReviewed.map(({ path, startLine, endLine, reason }) => {
    const lines = startLine === undefined ? '' : `:${startLine}-${endLine ?? startLine}`
    return `<li>${escape(`${path}${lines}`)}: ${escape(reason)}</li>`
  })
  const { suppressed, capped } = report.dropped
  const notes = [
    ...rulesSentence(report, (text) => text),
    ...droppedSentence(report),
    ...(suppressed > 0 ? [`Hidden by comments or the baseline: ${suppressed}`] : []),
    ...(capped > 0 ? [`More findings, not shown: ${capped}`] : []),
  ]
  return [
    '<section class="coverage"><h2>What was looked at</h2>',
    list('Reviewed', ranges),
    list('Not reviewed', missing, true),
    ...notes.map((note) => `<p>${escape(note)}</p>`),
    '</section>',
  ].join('')
}

function list(name: string, items: readonly string[], open = false): string {
  if (items.length === 0) return `<p>${name}: nothing</p>`
  return `<details${open ? ' open' : ''}><summary>${name}: ${items.length}</summary><ul>${items.join('')}</ul></details>`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
