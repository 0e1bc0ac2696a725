#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Save-PictifyExperimentImage: the file, what is told about it, and what is an error.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer @{ key = $TestKey }
}

AfterAll {
    Stop-SandboxServer $server
}

Describe 'Save-PictifyExperimentImage' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        Connect-SandboxServer $server
        $folder = (New-Item (Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))) -ItemType Directory).FullName
        $file = Join-Path $folder 'hero-summer-sale.webp'
    }

    It 'saves an image whole, and says where it came from' {
        $image = @(Get-PictifyExperiment 'Hero Summer*' | Save-PictifyExperimentImage -Path $folder -Format webp -ErrorAction Stop)

        $image.Count | Should -Be 1
        $image[0].Slug | Should -BeExactly 'hero-summer-sale'
        $image[0].Path | Should -BeExactly $file
        $image[0].ContentType | Should -BeExactly 'image/webp'
        $image[0].Length | Should -BeGreaterThan 0
        $image[0].Length | Should -Be (Get-Item $file).Length
        $image[0].VariantId | Should -BeIn @('control', 'short-headline')
        "$($image[0].RedirectTarget)" | Should -BeExactly "$($server.Address)/rendered/exp_sandbox_01/$($image[0].VariantId).webp"
        @(Get-ChildItem $folder -Force).Name | Should -BeExactly @('hero-summer-sale.webp')
    }

    It 'does not write over a file that is there' {
        $null = Save-PictifyExperimentImage hero-summer-sale -Path $folder -Format webp -ErrorAction Stop
        $before = [System.IO.File]::ReadAllBytes($file)
        $said = Invoke-Captured { Save-PictifyExperimentImage hero-summer-sale -Path $folder -Format webp }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('FileExists')
        $said.Output | Should -BeNullOrEmpty
        [System.IO.File]::ReadAllBytes($file) | Should -BeExactly $before
        @(Get-ChildItem $folder -Force).Count | Should -Be 1
    }

    It 'leaves no file where there is no such experiment' {
        $said = Invoke-Captured { Save-PictifyExperimentImage nobody-here -Path $folder }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
        @(Get-ChildItem $folder -Force) | Should -BeNullOrEmpty
    }
}
