#compdef local-brain
# zsh completion for local-brain: a file named _local-brain in a folder of $fpath, or source it after compinit
_local-brain() {
  local -a lines values shown
  local line value
  lines=("${(@f)$(command local-brain complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  for line in "${(@)lines[1,-2]}"; do
    value=${line%%$'\t'*}
    values+=("$value")
    if [[ $line == *$'\t'* ]]; then
      shown+=("$value  -- ${line#*$'\t'}")
    else
      shown+=("$value")
    fi
  done
  (( $#values )) && compadd -l -d shown -a values
  case $lines[-1] in
    :files | :folders)
      compset -P '--*='
      compset -P '*,'
      if [[ $lines[-1] == :folders ]]; then _files -/; else _files; fi
      ;;
  esac
}
if [[ $funcstack[1] == _local-brain ]]; then
  _local-brain "$@"
elif (( $+functions[compdef] )); then
  compdef _local-brain local-brain
fi
