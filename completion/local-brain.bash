# bash completion for local-brain: source it, as often as you like
_local_brain() {
  local rest=${COMP_LINE:0:COMP_POINT} word typed prefix line value action
  local -i i count=0
  local -a words=()
  COMPREPLY=()
  # bash breaks words at = and :, which are inside of flags and names. Join what no blank separates.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((i > 0)) && [[ -n $rest && $rest != [[:blank:]]* ]]; then
      ((i == COMP_CWORD)) && word=$rest
      words[count - 1]+=$word
    else
      rest=${rest#"${rest%%[![:blank:]]*}"}
      ((i == COMP_CWORD)) && [[ -n ${COMP_LINE:-} ]] && word=$rest
      words[count]=$word
      count+=1
    fi
    rest=${rest#"$word"}
  done
  typed=${words[count - 1]}
  # What stands before the last break stays as it is.
  prefix=${typed%"${typed##*[=:]}"}
  while IFS= read -r line; do
    case $line in
      :none) compopt +o default 2>/dev/null ;;
      :files | :folders)
        value=${typed##*=}
        # What is quoted is left to bash's own completion of files.
        [[ $value == *[\"\'\\\$\`~]* ]] && continue
        action=file
        [[ $line == :folders ]] && action=directory
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do
          COMPREPLY[${#COMPREPLY[@]}]=$value
        done < <(compgen -A "$action" -- "$value")
        ;;
      *)
        value=${line%%$'\t'*}
        COMPREPLY[${#COMPREPLY[@]}]=${value#"$prefix"}
        ;;
    esac
  done < <(command local-brain complete -- "${words[@]:1}" 2>/dev/null </dev/null)
}
complete -o default -F _local_brain local-brain
