/** Every tool there is, by name: what a skill may ask for, without loading a tool. */
export const toolNames: readonly string[] = [
  'read_file',
  'list_directory',
  'file_info',
  'search_code',
  'list_definitions',
  'git_diff',
  'git_changed_files',
  'git_status',
  'git_log',
  'git_show',
]
