# bash completion for calicoctl: source <(calicoctl completion bash)
_calicoctl() {
  local IFS=$'\n' words cword cur program=${COMP_WORDS[0]}
  # COMP_WORDBREAKS also splits at '=' and ':'; the words are those of the line as the shell reads it.
  local line=${COMP_LINE:0:COMP_POINT}
  IFS=$' \t\n' read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=${words[-1]}
  COMPREPLY=($("$program" __complete "${words[@]:1}" 2>/dev/null))
  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
    case ${words[-2]} in
      -f | --filename | -c | --config) COMPREPLY=($(compgen -f -- "$cur")) ;;
    esac
    return
  fi
  # Only what follows the last break is replaced.
  local head=${cur%"${cur##*[=:]}"}
  COMPREPLY=("${COMPREPLY[@]#"$head"}")
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}
complete -F _calicoctl calicoctl
