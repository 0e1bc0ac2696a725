<#
.SYNOPSIS
    Builds the module, tests it, packages it, installs it.
.DESCRIPTION
    Build      leaves an importable module at the repository root: Import-Module ./PictifyPS.psd1
    Test       builds, and runs every test that needs no pwsh.
    Pester     packages, and runs tests/Pester against the package; needs Pester 5.7 or later.
    Analyze    checks the format, the analyzers' warnings, and the scripts with PSScriptAnalyzer where it is installed.
    Benchmark  measures every figure of the README, in a few minutes.
    Package    makes out/PictifyPS/<version>/ and out/PictifyPS.<version>.nupkg. Without pwsh: dotnet pack tools/Package
    Install    packages, and copies the module to where this user's modules are.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Test, Pester
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Pester', 'Analyze', 'Benchmark', 'Package', 'Install')]
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

function Build-Package {
    Invoke-Native { dotnet pack "$root/tools/Package" --nologo }
    $version = (Test-ModuleManifest "$root/PictifyPS.psd1").Version
    Get-Item "$root/out/PictifyPS/$version"
}

foreach ($name in $Task) {
    switch ($name) {
        'Build' { Invoke-Native { dotnet build "$root/PictifyPS.sln" --nologo } }
        'Test' { Invoke-Native { dotnet test "$root/PictifyPS.sln" --nologo } }
        'Package' { Build-Package | Out-Host }
        'Benchmark' { Invoke-Native { dotnet run -c Release --project "$root/tests/PictifyPS.Benchmarks" } }
        'Pester' {
            $null = Build-Package
            Invoke-Native { dotnet build "$root/tools/SandboxServer" --nologo }
            Import-Module Pester -MinimumVersion 5.7.0
            $result = Invoke-Pester "$root/tests/Pester" -PassThru -Output Detailed
            if ($result.FailedCount -gt 0) {
                throw "$($result.FailedCount) Pester tests failed."
            }
        }
        'Analyze' {
            Invoke-Native { dotnet tool restore }
            Invoke-Native { dotnet csharpier check $root }
            Invoke-Native { dotnet build "$root/PictifyPS.sln" --nologo --no-incremental -warnaserror }
            if (Get-Module PSScriptAnalyzer -ListAvailable) {
                $found = Get-ChildItem $root/build.ps1, $root/samples, $root/tests/Pester -Recurse -Filter *.ps1 |
                    ForEach-Object { Invoke-ScriptAnalyzer $_.FullName -Severity Warning, Error }
                $found | Out-Host
                if ($found) {
                    throw "$(@($found).Count) findings of PSScriptAnalyzer."
                }
            }
            else {
                'PSScriptAnalyzer is not installed here, so the scripts were not analyzed.'
            }
        }
        'Install' {
            $package = (Build-Package)[-1]
            $modules = if ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) { "$HOME/.local/share/powershell/Modules" }
            else { "$([Environment]::GetFolderPath('MyDocuments'))/$(if ($PSVersionTable.PSEdition -eq 'Core') { 'PowerShell' } else { 'WindowsPowerShell' })/Modules" }
            $target = "$modules/PictifyPS/$($package.Name)"
            if (Test-Path $target) {
                Remove-Item $target -Recurse
            }

            $null = New-Item $target -ItemType Directory -Force
            Copy-Item "$($package.FullName)/*" $target -Recurse
            "Installed to $target. Import-Module PictifyPS"
        }
    }
}
