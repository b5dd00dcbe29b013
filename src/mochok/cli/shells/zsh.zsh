#compdef mochok
_mochok() {
  local line
  local -a values shown
  command mochok __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null | while IFS= read -r line; do
    values+=("${line%%$'\t'*}")
    shown+=("${line%%$'\t'*}${${line#*$'\t'}:+  -- ${line#*$'\t'}}")
  done
  if (( $#values )); then
    compadd -V mochok -M 'm:{[:lower:]}={[:upper:]}' -l -d shown -a values
  else
    _files
  fi
}
if [[ $funcstack[1] == _mochok ]]; then
  _mochok "$@"
else
  compdef _mochok mochok
fi
