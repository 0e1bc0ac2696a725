# In a fresh process: milliseconds to import a module; with a command, of the command's first run and of its second.
param([string] $Manifest, [string] $Command)
$clock = [System.Diagnostics.Stopwatch]::new()
$clock.Restart()
Import-Module $Manifest
$import = $clock.Elapsed.TotalMilliseconds
if (-not $Command) {
    return $import.ToString([cultureinfo]::InvariantCulture)
}

$run = [scriptblock]::Create($Command)
$times = foreach ($time in 1..2) {
    $clock.Restart()
    $null = & $run
    $clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)
}
"$times"
