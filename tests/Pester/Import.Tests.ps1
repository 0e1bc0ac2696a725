#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The manifest and the import: what is listed is exported, a clean process hears nothing, and the module comes and goes.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
    $quoted = "'$($Manifest.Replace("'", "''"))'"

    # A runspace of its own, so that the module stays in this session. What the texts put out, in order.
    function Invoke-Apart([string[]] $Texts) {
        $state = [initialsessionstate]::CreateDefault2()
        if ($IsWindowsHere) {
            $state.ExecutionPolicy = [Microsoft.PowerShell.ExecutionPolicy]::Bypass
        }

        $shell = [powershell]::Create($state)
        try {
            foreach ($text in $Texts) {
                $shell.Commands.Clear()
                $shell.AddScript($text).Invoke()
                $shell.Streams.Error | ForEach-Object { throw "$_" }
            }
        }
        finally {
            $shell.Dispose()
        }
    }
}

Describe 'The manifest' {
    It 'is valid' {
        (Test-ModuleManifest $Manifest -ErrorAction Stop).Name | Should -BeExactly 'PictifyPS'
    }

    It 'exports what it lists, and nothing else' {
        $listed = @((Test-ModuleManifest $Manifest).ExportedCmdlets.Keys | Sort-Object)
        @((Get-Command -Module PictifyPS -CommandType Cmdlet).Name | Sort-Object) | Should -BeExactly $listed
        Get-Command -Module PictifyPS -CommandType Function | Should -BeNullOrEmpty
    }

    It 'says where it runs, and under which licence' {
        $module = Test-ModuleManifest $Manifest
        $module.CompatiblePSEditions | Should -BeExactly @('Core', 'Desktop')
        foreach ($text in $module.LicenseUri, $module.ReleaseNotes) {
            "$text" | Should -Not -BeNullOrEmpty
        }

        # A community module shows neither the page nor the icon of the service as its own.
        "$($module.ProjectUri) $($module.IconUri)" | Should -Not -Match 'pictify\.io'

        $module.Tags | Should -Contain 'PSEdition_Desktop'
    }
}

Describe 'The import' {
    It 'works in a clean process, and says nothing' {
        $run = Invoke-Pwsh '-Command', "Import-Module $quoted; (Get-Command -Module PictifyPS -CommandType Cmdlet).Count"

        $run.Error | Should -BeNullOrEmpty
        $run.Output.Trim() | Should -BeExactly "$((Test-ModuleManifest $Manifest).ExportedCmdlets.Count)"
        $run.ExitCode | Should -Be 0
    }

    It 'works again with -Force, and after Remove-Module' {
        $counts = @(Invoke-Apart @(
                "Import-Module $quoted; (Get-Command -Module PictifyPS).Count"
                "Import-Module $quoted -Force; (Get-Command -Module PictifyPS).Count"
                'Remove-Module PictifyPS; @(Get-Module PictifyPS).Count'
                "Import-Module $quoted; (Get-Command -Module PictifyPS).Count; Connect-Pictify -Sandbox; @(Get-PictifyExperiment).Count"
            ))

        $all = @(Get-Command -Module PictifyPS).Count
        $counts | Should -Be @($all, $all, 0, $all, 12)
    }

    It 'is gone with Remove-Module: no command is left' {
        # Where the module is on PSModulePath, a command that is asked for would be imported again.
        $left = @(Invoke-Apart @(
                "`$global:PSModuleAutoLoadingPreference = 'None'; Import-Module $quoted"
                'Remove-Module PictifyPS; Get-Command Get-PictifyExperiment, Pause-PictifyExperiment -ErrorAction Ignore'
            ))

        $left | Should -BeNullOrEmpty
    }

    It 'takes the build with native code where one ships for the platform, and else the plain one: <_>' -ForEach 'ships', 'does not ship' {
        $copy = Join-Path $TestDrive $_ 'PictifyPS'
        $null = New-Item $copy -ItemType Directory -Force
        Copy-Item "$(Split-Path $Manifest)/PictifyPS.psd1", "$(Split-Path $Manifest)/bin" $copy -Recurse
        $platform = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
        $taken = Join-Path $copy 'bin' 'Core' $platform
        if ($_ -eq 'does not ship') {
            Remove-Item $taken -Recurse -ErrorAction Ignore
            $taken = Join-Path $copy 'bin' 'Core'
        }
        elseif (-not (Test-Path $taken)) {
            Set-ItResult -Skipped -Because "no native code ships for $platform"
        }

        $run = Invoke-Pwsh '-Command', @"
Import-Module '$("$copy/PictifyPS.psd1".Replace("'", "''"))'
Connect-Pictify -Sandbox
@(Get-PictifyExperiment).Count
[Pictify.Experiment], (Get-Command Suspend-PictifyExperiment).ImplementingType | ForEach-Object { Split-Path `$_.Assembly.Location }
"@

        $run.Error | Should -BeNullOrEmpty
        $run.Output.Trim() -split '\r?\n' | Should -Be '12', $taken, $taken
    }

    It 'makes its types known' {
        [Pictify.Experiment].FullName | Should -BeExactly 'Pictify.Experiment'
        ([Pictify.Variant] @{ Id = 'a'; Weight = 7500 }).Weight | Should -Be 7500
    }
}

Describe 'A second copy of the module' {
    BeforeAll {
        $folder = Join-Path $TestDrive 'copy/PictifyPS'
        $null = New-Item $folder -ItemType Directory -Force
        foreach ($item in Get-Item "$(Split-Path $Manifest)/PictifyPS.psd1", "$(Split-Path $Manifest)/bin") {
            Copy-Item $item.FullName $folder -Recurse
        }

        $copy = "'$("$folder/PictifyPS.psd1".Replace("'", "''"))'"
    }

    It 'is refused while the first is imported, with the sentence that says what to do' {
        foreach ($pair in @($quoted, $copy), @($copy, $quoted)) {
            $run = Invoke-Pwsh '-Command', @"
Import-Module $($pair[0])
try { Import-Module $($pair[1]) -ErrorAction Stop } catch { "refused: `$_" }
Connect-Pictify -Sandbox
"then `$(@(Get-PictifyExperiment).Count)"
"@

            $run.Output | Should -Match 'refused: '
            ($run.Output -replace '\s+', ' ') | Should -Match 'run Remove-Module PictifyPS first, or start a new session'
            $run.Output | Should -Match 'then 12'
        }
    }

    It 'is imported once the first is removed' {
        foreach ($pair in @($quoted, $copy), @($copy, $quoted)) {
            $run = Invoke-Pwsh '-Command', @"
Import-Module $($pair[0])
Remove-Module PictifyPS
Import-Module $($pair[1])
Connect-Pictify -Sandbox
"then `$(@(Get-PictifyExperiment).Count)"
"@

            $run.Error | Should -BeNullOrEmpty
            $run.Output.Trim() | Should -BeExactly 'then 12'
        }
    }
}
