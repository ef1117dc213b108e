import { isRecord } from './fits.ts'
import type { JsonSchema, ToolCall } from './model.ts'

/** Our tools, and what other programs call them. Models were trained on those names. */
const toolNames: Record<string, string> = {
  read_file: 'file_read read view view_file open_file cat get_file',
  list_directory: 'list_files list_dir glob_files find_files glob ls',
  search_code: 'grep_search grep search_files ripgrep rg code_search',
  write_file: 'file_write write write_to_file create_file save_file new_file',
  edit_file: 'str_replace str_replace_editor replace_in_file search_replace search_and_replace file_edit edit replace',
  delete_file: 'remove_file file_delete rm unlink',
  move_file: 'rename_file file_move rename mv',
  run_command: 'bash run_shell shell run_bash execute_command exec_command run_terminal_cmd terminal exec',
  run_python: 'python execute_python python_exec run_code',
}

/** Our arguments, in order of preference, and what other programs call them. */
const argumentNames: Record<string, string> = {
  path: 'filepath file_path filename file_name file target_file absolute_path relative_path dir directory folder',
  old: 'old_string old_str old_text search find original target_content',
  new: 'new_string new_str new_text replace replacement replacement_content updated',
  content: 'contents text file_text file_content code_content new_content body',
  code: 'new_code source content implementation definition',
  name: 'symbol definition_name function_name identifier',
  all: 'replace_all all_occurrences global',
  from: 'source src old_path from_path source_path',
  to: 'destination dest dst new_path to_path destination_path target',
  command: 'cmd shell_command command_line script',
  folder: 'cwd dir directory workdir working_directory',
  limit: 'max_lines',
  pattern: 'query regex regexp',
  glob: 'include file_pattern',
}

const ours = new Map(pairs(toolNames).map(([name, other]) => [folded(other), name]))

function pairs(table: Record<string, string>): [name: string, other: string][] {
  return Object.entries(table).flatMap(([name, others]) =>
    others.split(' ').map((other): [string, string] => [name, other]),
  )
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The call under our name for its tool, if it is known under another one; undefined if it needs none. */
export function underOurName(call: ToolCall, offered: readonly string[]): ToolCall | undefined {
  if (offered.includes(call.name)) return undefined
  const same = offered.find((name) => folded(name) === folded(call.name))
  const name = same ?? ours.get(folded(call.name))
  return name !== undefined && offered.includes(name) ? { ...call, name } : undefined
}

/** Arguments with our names, where they have names of other programs that this tool does not know. */
export function withOurNames(parameters: JsonSchema, args: unknown): unknown {
  const properties = isRecord(parameters.properties) ? parameters.properties : {}
  if (!isRecord(args)) return args
  const given = { ...args }
  for (const name of Object.keys(properties)) {
    if (Object.hasOwn(given, name) || !Object.hasOwn(argumentNames, name)) continue
    const others = new Set(argumentNames[name]?.split(' ').map(folded))
    const other = Object.keys(given).find((key) => !Object.hasOwn(properties, key) && others.has(folded(key)))
    if (other === undefined) continue
    given[name] = given[other]
    delete given[other]
  }
  return given
}
