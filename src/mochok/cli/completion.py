"""``mochok completion SHELL``: the script that makes a shell complete commands, options and names.

The command line library has scripts of its own; they break names with spaces, which configurations have, and
the one for PowerShell changes what the Tab key does everywhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mochok.cli.output import write_out

# Files are completed where nothing else fits. Each hands the line up to the cursor to `mochok __complete`.
_BASH = """\
_mochok() {
  local IFS=$'\\n'
  COMPREPLY=()
  local candidate
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <(command mochok __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o default -o nosort -F _mochok mochok
"""
_ZSH = """\
#compdef mochok
_mochok() {
  local line
  local -a values shown
  command mochok __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null | while IFS= read -r line; do
    values+=("${line%%$'\\t'*}")
    shown+=("${line%%$'\\t'*}${${line#*$'\\t'}:+  -- ${line#*$'\\t'}}")
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
"""
_FISH = """\
function __mochok
  set -l words (commandline -opc) (commandline -ct)
  command mochok __complete fish $words[2..] 2>/dev/null
end
function __mochok_has
  set -l found (__mochok)
  test (count $found) -gt 0
end
complete -c mochok -n __mochok_has -f -k -a '(__mochok)'
"""
_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName mochok, mochok.exe -ScriptBlock {
  param($word, $ast, $cursor)
  $line = $ast.ToString()
  $length = [Math]::Max(0, $cursor - $ast.Extent.StartOffset)
  if ($length -lt $line.Length) { $line = $line.Substring(0, $length) }
  if ($length -gt $line.Length) { $line = $line + ' ' }
  & mochok __complete powershell ([uri]::EscapeDataString($line)) 2>$null | ForEach-Object {
    $value, $meaning = $_ -split "`t" | ForEach-Object { [uri]::UnescapeDataString($_) }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $meaning)
  }
}
"""


class Shell(StrEnum):
    """The shells."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


_SCRIPTS = {Shell.BASH: _BASH, Shell.ZSH: _ZSH, Shell.FISH: _FISH, Shell.POWERSHELL: _POWERSHELL}


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
) -> None:
    """Print the script that makes a shell complete commands, options and configurations' names.

    \b
    bash        in ~/.bashrc:  eval "$(mochok completion bash)"
    zsh         in ~/.zshrc, after compinit:  source <(mochok completion zsh)
    fish        mochok completion fish > ~/.config/fish/completions/mochok.fish
    PowerShell  in $PROFILE:  mochok completion powershell | Out-String | Invoke-Expression
    """
    write_out(_SCRIPTS[shell])
