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
