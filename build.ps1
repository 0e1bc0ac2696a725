<#
.SYNOPSIS
    Builds the module, or tests it.
.DESCRIPTION
    Build  leaves an importable module at the repository root: Import-Module ./PictifyPS.psd1
    Test   builds and runs every test that needs no pwsh.
    Pester runs the suite in tests/Pester against the built module; needs Pester 5.7 or later.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Test, Pester
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Pester')]
    [string[]] $Task = 'Build'
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot

function Invoke-Native([scriptblock] $Command) {
    & $Command
    if ($LASTEXITCODE -ne 0) {
        throw "'$Command' ended with exit code $LASTEXITCODE."
    }
}

foreach ($name in $Task) {
    switch ($name) {
        'Build' { Invoke-Native { dotnet build "$root/PictifyPS.sln" --nologo } }
        'Test' { Invoke-Native { dotnet test "$root/PictifyPS.sln" --nologo } }
        'Pester' {
            Import-Module Pester -MinimumVersion 5.7.0
            $result = Invoke-Pester "$root/tests/Pester" -PassThru -Output Detailed
            if ($result.FailedCount -gt 0) {
                throw "$($result.FailedCount) Pester tests failed."
            }
        }
    }
}
