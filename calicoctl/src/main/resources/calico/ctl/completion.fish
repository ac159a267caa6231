# fish completion for calicoctl: calicoctl completion fish | source
function __calicoctl_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete $words[2..-1] 2>/dev/null
end
function __calicoctl_wants_file
    contains -- (commandline -opc)[-1] -f --filename -c --config
end
complete -c calicoctl -f
complete -c calicoctl -n __calicoctl_wants_file -F
complete -c calicoctl -n 'not __calicoctl_wants_file' -a '(__calicoctl_complete)'
