<#
.SYNOPSIS
    Builds the module, tests it, packages it.
.DESCRIPTION
    Build      leaves an importable module at the repository root: Import-Module ./PictifyPS.psd1
    Test       builds, and runs every test, the Pester suite included.
    Pester     packages, and runs tests/Pester in this PowerShell against the package; takes the newest Pester that is installed, from
               5.7 on, else the one that dotnet test uses. -PesterManifest names another.
    Analyze    checks the format, the analyzers' warnings, and the scripts with PSScriptAnalyzer where it is installed.
    Benchmark  measures every figure of docs/figures.md, in a few minutes.
    Mutate     changes the code of Http, Ledger and Operations in many small ways, and reports which changes no test of the library
               notices, in tests/Pictify.Tests/StrykerOutput. Takes about two hours on two cores.
    Package    makes out/PictifyPS/<version>/ and out/PictifyPS.<version>.nupkg

    Where there is no PowerShell yet, CONTRIBUTING.md has the dotnet commands that do the same.
.PARAMETER PesterManifest
    With -Task Pester: the manifest of the Pester to use.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Test, Pester
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Pester', 'Analyze', 'Benchmark', 'Mutate', 'Package')]
    [string[]] $Task = 'Build',
    [string] $PesterManifest
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
        'Package' { Invoke-Native { dotnet pack "$root/tools/Package" --nologo } }
        'Benchmark' { Invoke-Native { dotnet run -c Release --project "$root/tests/PictifyPS.Benchmarks" } }
        'Mutate' {
            Invoke-Native { dotnet tool restore }
            Push-Location "$root/tests/Pictify.Tests"
            try {
                Invoke-Native {
                    dotnet stryker --project Pictify.csproj --target-framework net8.0 --reporter html --reporter cleartext --mutate 'Http/**/*.cs' --mutate 'Ledger/**/*.cs' --mutate 'Operations/**/*.cs'
                }
            }
            finally {
                Pop-Location
            }
        }
        'Pester' {
            Invoke-Native { dotnet pack "$root/tools/Package" --nologo }
            Invoke-Native { dotnet build "$root/tools/SandboxServer" --nologo }
            $manifest = if ($PesterManifest) { $PesterManifest }
            elseif (-not (Get-Module Pester -ListAvailable | Where-Object Version -ge '5.7.0')) {
                Invoke-Native { dotnet restore "$root/tests/PictifyPS.Tests" --nologo } | Out-Host
                $packages = (dotnet nuget locals global-packages --list) -replace '^global-packages: '
                Join-Path $packages "pester/$(Get-Content "$root/tests/Pester/pester-versions.txt" -First 1)/tools/Pester.psd1"
            }

            & "$root/tests/Pester/Invoke-Suite.ps1" -PesterManifest $manifest
            if ($LASTEXITCODE -ne 0) {
                throw 'Pester tests failed.'
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
    }
}
