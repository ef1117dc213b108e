import type { HookName } from './hook-name.ts'
import { shellWord } from '../../text/shell-word.ts'

/** What a hook runs: the program with absolute paths, and the options chosen at installation. */
export type HookCall = { name: HookName; program: readonly string[]; options: readonly string[] }

const shebang = '#!/bin/sh\n'
/** Notes in the first marker, so that removing the block restores the file byte by byte. */
const notes = { whole: ' (whole file)', noLineEnd: ' (no line end before)' }

/** The text of a hook file with the block in it, once. `text` is empty for a file that does not exist. */
export function addBlock(text: string, call: HookCall): string {
  const rest = removeBlock(text, call.name)
  if (rest === '') return shebang + renderBlock(call, notes.whole)
  // Commands above may read the pushed references from standard input, so in pre-push the block comes first.
  const at = call.name === 'pre-push' ? (/^#!.*(\n|$)/.exec(rest)?.[0].length ?? 0) : rest.length
  const [head, tail] = [rest.slice(0, at), rest.slice(at)]
  if (head === '' || head.endsWith('\n')) return head + renderBlock(call, '') + tail
  return `${head}\n${renderBlock(call, notes.noLineEnd)}${tail}`
}

/** The text without the block; empty if the file had nothing else. */
export function removeBlock(text: string, name: HookName): string {
  const found = blockPattern(name).exec(text)
  if (found === null) return text
  const [block, note] = found
  const [head, tail] = [text.slice(0, found.index), text.slice(found.index + block.length)]
  if (note === notes.whole && head === shebang && tail === '') return ''
  return note === notes.noLineEnd && tail === '' ? head.slice(0, -1) : head + tail
}

/** A line that runs the hook from any other script. */
export function callLine({ name, program, options }: HookCall): string {
  return `${[...program.map(shellWord), 'hook run', name, ...options.map(shellWord)].join(' ')} "$@"`
}

/** How the block of a hook calls the program: what `addBlock` was given. Undefined without one. */
export function readBlock(text: string, name: HookName): Omit<HookCall, 'name'> | undefined {
  const [block] = blockPattern(name).exec(text) ?? []
  const call = block?.split('\n').find((line) => line.includes(` hook run ${name} `))
  const [program = '', options = ''] = call?.replace(/^.*? \| /, '').split(` hook run ${name} `) ?? []
  if (call === undefined) return undefined
  return { program: wordsOf(program), options: wordsOf(options.replace(/"\$@".*$/, '')) }
}

/** The words that `shellWord` made. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []
  return words.map((word) => word.replace(/'([^']*)'|\\(')/g, '$1$2'))
}

function blockPattern(name: HookName): RegExp {
  const note = Object.values(notes)
    .map((text) => text.replace(/[()]/g, '\\$&'))
    .join('|')
  return new RegExp(
    `^# >>> local-brain ${name}(${note})? >>>\\n(?:(?!^# <<<)[\\s\\S])*?^# <<< local-brain ${name} <<<\\n`,
    'm',
  )
}

function renderBlock(call: HookCall, note: string): string {
  const { name, program } = call
  const feed = name === 'pre-push' ? `printf '%s\\n' "$lb_refs" | ` : ''
  const isThere = program.map((part, index) => `[ ${index === 0 ? '-x' : '-e'} ${shellWord(part)} ]`).join(' && ')
  const lines = [
    `# >>> local-brain ${name}${note} >>>`,
    ...(name === 'pre-push' ? ['lb_refs=$(cat)'] : ['lb_status=$?; [ "$lb_status" -eq 0 ] || exit "$lb_status"']),
    `# "local-brain hook uninstall ${name}" removes these lines; LOCAL_BRAIN_SKIP=1 skips them once.`,
    `if ${isThere}; then`,
    `  ${feed}${callLine(call)} || exit $?`,
    'else',
    // guard: hook-path
    ...trustedPath,
    '  if [ -n "$lb_path" ] && (PATH=$lb_path; command -v local-brain) >/dev/null 2>&1; then',
    `    ${feed}(PATH=$lb_path; export PATH; ${callLine({ ...call, program: ['local-brain'] })}) || exit $?`,
    '  else',
    `    echo 'local-brain is no longer where it was when this hook was installed; nothing was done' >&2`,
    `    echo 'hint: local-brain hook install ${name}, or remove these lines from the hook' >&2`,
    '  fi',
    'fi',
    ...(name === 'pre-push' ? giveBack : []),
    `# <<< local-brain ${name} <<<`,
  ]
  return `${lines.join('\n')}\n`
}

/**
 * The PATH without what the repository can fill: entries that are relative, inside of the work tree (where git starts a
 * hook) or in a node_modules, which npx and husky put first. Links are followed. For any shell, so no word is split.
 */
const trustedPath = [
  '  # Not the local-brain that the repository may bring: npx and husky put its folders on the PATH.',
  "  lb_path=''",
  '  lb_rest="${PATH}:"',
  '  lb_top=$(pwd -P)',
  '  while [ -n "$lb_rest" ]; do',
  '    lb_dir=${lb_rest%%:*}',
  '    lb_rest=${lb_rest#*:}',
  '    case $lb_dir in /*) lb_dir=$(cd -P -- "$lb_dir" 2>/dev/null && pwd -P) || continue ;; *) continue ;; esac',
  '    case $lb_dir/ in "$lb_top"/* | */node_modules/*) ;; *) lb_path=$lb_path${lb_path:+:}$lb_dir ;; esac',
  '  done',
]

/** Restores standard input for the commands below. */
const giveBack = [
  'if [ -n "$lb_refs" ]; then',
  'exec <<LOCAL_BRAIN_REFS',
  '$lb_refs',
  'LOCAL_BRAIN_REFS',
  'else exec </dev/null; fi',
]
