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

Describe 'Where Save-PictifyExperimentImage writes' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        Connect-SandboxServer $server
        $folder = (New-Item (Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))) -ItemType Directory).FullName
        $four = 'hero-summer-sale', 'hero-homepage-headline', 'hero-app-download', 'hero-members-welcome'
    }

    It 'takes a name with a dot for a folder: <_>' -ForEach 'images.v2', 'images', 'images.png.d', 'a.b/c.d' {
        $saved = @($four | Save-PictifyExperimentImage -Path (Join-Path $folder $_) -ErrorAction Stop)

        $saved.Count | Should -Be 4
        @(Get-ChildItem (Join-Path $folder $_)).Name | Sort-Object | Should -Be @($four | ForEach-Object { "$_.png" } | Sort-Object)
    }

    It 'takes a name that ends as an image does for the file of one image' {
        $file = Join-Path $folder 'one.JPG'
        $said = Invoke-Captured { $four | Save-PictifyExperimentImage -Path $file -Format jpg -Force }

        $said.Output.Slug | Should -Be @('hero-summer-sale')
        Get-ErrorId $said.Errors | Should -Be @('InvalidFilePath', 'InvalidFilePath', 'InvalidFilePath')
        @(Get-ChildItem $folder).Name | Should -Be @('one.JPG')
    }

    It 'takes a folder for a folder, however it is called' {
        $odd = New-Item (Join-Path $folder 'pictures.png') -ItemType Directory

        (Save-PictifyExperimentImage hero-summer-sale -Path $odd.FullName -ErrorAction Stop).Path | Should -Be (Join-Path $odd.FullName 'hero-summer-sale.png')
    }

    It 'replaces a file with -Force, and leaves nothing beside it' {
        $file = Join-Path $folder 'hero-summer-sale.png'
        [System.IO.File]::WriteAllText($file, 'before')

        $null = Save-PictifyExperimentImage hero-summer-sale -Path $folder -Force -ErrorAction Stop

        [System.IO.File]::ReadAllBytes($file)[0] | Should -Be 0x89
        @(Get-ChildItem $folder -Force).Count | Should -Be 1
    }

    It 'is an error of the disk where it cannot write, and leaves what was there' {
        # A file where the folder should be: a failure that comes on every system, and to every user.
        $blocked = Join-Path $folder 'blocked'
        [System.IO.File]::WriteAllText($blocked, 'before')
        $said = Invoke-Captured { Save-PictifyExperimentImage hero-summer-sale -Path (Join-Path $blocked 'below') -Force }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -Be @('FileNotWritten')
        "$($said.Errors[0].CategoryInfo.Category)" | Should -Be 'WriteError'
        [System.IO.File]::ReadAllText($blocked) | Should -Be 'before'
    }

    It 'keeps the old file on a full disk' -Skip:(-not $IsLinux -or (id -u) -ne 0) {
        $small = Join-Path $folder 'small'
        $null = New-Item $small -ItemType Directory
        $null = mount -t tmpfs -o size=16k none $small 2>&1
        if ($LASTEXITCODE -ne 0) {
            Set-ItResult -Inconclusive -Because 'this machine allows no mounts'
            return
        }

        try {
            $file = Join-Path $small 'hero-summer-sale.png'
            [System.IO.File]::WriteAllText($file, 'before')
            [System.IO.File]::WriteAllBytes((Join-Path $small 'rest'), [byte[]]::new(12288))
            $said = Invoke-Captured { Save-PictifyExperimentImage hero-summer-sale -Path $small -Force }

            Get-ErrorId $said.Errors | Should -Be @('FileNotWritten')
            [System.IO.File]::ReadAllText($file) | Should -Be 'before'
            @(Get-ChildItem $small -Force).Count | Should -Be 2
        }
        finally {
            $null = umount $small
        }
    }

    It 'is an error where the location holds no files, and writes nowhere: <Location>' -ForEach @(
        @{ Location = 'Env:'; Arguments = @{ } }
        @{ Location = 'Env:'; Arguments = @{ Path = 'img' } }
        @{ Location = 'Function:'; Arguments = @{ Path = './img' } }
        @{ Location = '.'; Arguments = @{ Path = 'Env:img' } }
        @{ Location = '.'; Arguments = @{ Path = 'NoSuchDrive:\img' } }
    ) {
        $before = @(Get-ChildItem ([System.Environment]::CurrentDirectory) -Force).Count
        Push-Location $Location
        try {
            $said = Invoke-Captured { Save-PictifyExperimentImage hero-summer-sale @Arguments }
        }
        finally {
            Pop-Location
        }

        Get-ErrorId $said.Terminating | Should -Be 'InvalidFilePath'
        $said.Output | Should -BeNullOrEmpty
        @(Get-ChildItem ([System.Environment]::CurrentDirectory) -Force).Count | Should -Be $before
    }

    It 'takes a full path from a location that holds no files' {
        Push-Location Env:
        try {
            (Save-PictifyExperimentImage hero-summer-sale -Path $folder -ErrorAction Stop).Path | Should -Be (Join-Path $folder 'hero-summer-sale.png')
        }
        finally {
            Pop-Location
        }
    }
}
