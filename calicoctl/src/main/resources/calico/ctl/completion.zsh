#compdef calicoctl
# zsh completion for calicoctl: source <(calicoctl completion zsh)
_calicoctl() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  candidates=("${(@)candidates:#}")
  if (( ${#candidates} )); then
    local -a open closed
    open=("${(@M)candidates:#*=}")
    closed=("${(@)candidates:#*=}")
    (( ${#open} )) && compadd -S '' -a open
    (( ${#closed} )) && compadd -a closed
  else
    case ${words[CURRENT-1]} in
      -f|--filename|-c|--config) _files ;;
    esac
  fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }
compdef _calicoctl calicoctl
