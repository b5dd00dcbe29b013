function __mochok
  set -l words (commandline -opc) (commandline -ct)
  command mochok __complete fish $words[2..] 2>/dev/null
end
function __mochok_has
  set -l found (__mochok)
  test (count $found) -gt 0
end
complete -c mochok -n __mochok_has -f -k -a '(__mochok)'
