/** What the program says when nothing was asked of it. */
export const introduction = `local-brain: a second pair of eyes for your code that never leaves the machine.
Usage: local-brain [options] [prompt...]

  local-brain --git-diff                            review the staged changes (or the unstaged ones)
  local-brain -f src/a.ts                           review a file
  local-brain -s commit-message --git-diff          write a message for the staged changes
  local-brain "where is the timeout set?"           ask about this repository
  git log -5 | local-brain -s summarize             work on piped text

  local-brain demo                                  see it work, without Ollama and without a model
  local-brain doctor                                what is there and what is missing
  local-brain --help                                all options and commands; help <command> for one
`
