/** The result for a person, as the Markdown that stands in docs/performance.md. */
export function tables({ starts, turns, first, causes, growth, hands, parallel }) {
  const runners = [...new Set(starts.map(({ runner }) => runner))]
  const bareOf = (runner) => starts.find((row) => row.runner === runner && row.job === 'bare') ?? starts[0]
  const cell = (runner, job) => {
    const row = starts.find((other) => other.runner === runner && other.job === job)
    if (row === undefined) return ''
    const memory = row.mb === undefined ? '' : `, ${row.mb.toFixed(0)} MB`
    return `${(row.ms / bareOf(runner).ms).toFixed(2)} × (${row.ms.toFixed(0)} ms${memory})`
  }
  // aichat is no runner of ours, and has no row here.
  const asking = runners.filter((name) => first.some(({ runner }) => runner === name))
  const jobs = [...new Set(starts.map(({ job }) => job))]
  return [
    'Times bare Node of the same version (the binary: times the first Node), median and peak memory:',
    table([['', ...runners], ...jobs.map((job) => [job, ...runners.map((runner) => cell(runner, job))])]),
    'Our own time from the end of a reply to the next request, without the tools; the first request of a conversation:',
    table([
      ['', 'after the first reply', 'after a later one', ...turns[0].requests.map(({ name }) => name)],
      ...turns.map(({ runner, firstGapMs, laterGapMs, requests }) => [
        runner,
        `${firstGapMs.toFixed(1)} ms`,
        `${laterGapMs.toFixed(1)} ms`,
        ...requests.map(({ bytes, tools }) => `${bytes} bytes, ${tools} tools`),
      ]),
    ]),
    'From the start of the process until a model is asked, by what there is to look at, with all questions to the server:',
    table([
      ['', ...asking],
      ...[...new Set(first.map(({ input }) => input))].map((input) => [
        input,
        ...asking.map((name) => `${first.find((row) => row.input === input && row.runner === name).ms.toFixed(0)} ms`),
      ]),
    ]),
    "Time that is not the server's, by cause (a bare Node is part of the start; the tools are part of what is between turns):",
    table([
      [
        '',
        '',
        'in all',
        'until anything is asked',
        'questions before the prompt',
        'between turns',
        'after the last reply',
      ],
      ...causes.map(({ runner, job, own, start, questions, between, end }) => [
        runner,
        job,
        ...[own, start, questions, between, end].map((ms) => `${ms.toFixed(0)} ms`),
      ]),
    ]),
    'Growth: what ten and a hundred times the work cost:',
    table([
      ['', 'sizes', 'ms', '× 10', '× 100', 'peak of a dry run'],
      ...growth.map(({ name, unit, sizes, times, ten, hundred, mb }) => [
        name,
        `${sizes.join(', ')} ${unit}`,
        `${times.map((ms) => ms.toFixed(ms < 10 ? 2 : 0)).join(', ')}${unit === 'lines' ? ` (${Math.round(sizes[2] / times[2])} lines a ms)` : ''}`,
        `${ten.toFixed(1)} ×`,
        `${hundred.toFixed(0)} ×`,
        mb === undefined ? '' : `${mb.toFixed(0)} MB`,
      ]),
    ]),
    'Working in a copy and in the sandbox, beside what git or the shell takes for the same files:',
    table([
      ['', 'ms', 'beside', 'ratio'],
      ...hands.map(({ name, ms, beside, besideMs, ratio }) => [
        name,
        ms.toFixed(0),
        `${beside}: ${besideMs.toFixed(ms < 10 ? 1 : 0)} ms`,
        `${ratio.toFixed(1)} ×`,
      ]),
    ]),
    `${parallel[0].units} units on a server that takes ${parallel[0].replyMs} ms for each:`,
    table([
      ['at a time', 'all of them', 'the server alone', 'peak'],
      ...parallel.map(({ units, parallel: atOnce, replyMs, ms, mb }) => [
        atOnce,
        `${(ms / 1000).toFixed(1)} s`,
        `${((Math.ceil(units / atOnce) * replyMs) / 1000).toFixed(1)} s`,
        mb === undefined ? '' : `${mb.toFixed(0)} MB`,
      ]),
    ]),
  ].join('\n\n')
}

function table([head, ...rows]) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
