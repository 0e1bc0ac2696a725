#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Invoke-PictifyApi: what can be called, what is sent, and which paths are refused.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Invoke-PictifyApi' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'reads all pages of a list' {
        @(Invoke-PictifyApi experiments/api?limit=5 -Paginate -ErrorAction Stop).Count | Should -Be 12
        $sandbox.Requests['GET list'] | Should -Be 3
    }

    It 'emits an answer as an object' {
        (Invoke-PictifyApi /experiments/api/exp_sandbox_01 -ErrorAction Stop).experiment.name | Should -BeExactly 'Hero Summer Sale'
    }

    It 'emits an answer as text with -Raw' {
        $text = @(Invoke-PictifyApi experiments/api/quota -Raw -ErrorAction Stop)

        $text.Count | Should -Be 1
        $text[0].Substring(0, 7) | Should -BeExactly '{"plan"'
    }

    It 'changes something with -Method and -Body' {
        $said = Invoke-Captured { Invoke-PictifyApi experiments/api/exp_sandbox_01 -Method PUT -Body @{ name = 'Renamed' } }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        (Get-PictifyExperiment -Uid exp_sandbox_01).Name | Should -BeExactly 'Renamed'
    }

    It 'refuses a path that could lead elsewhere, and sends nothing: <_>' -ForEach @(
        'https://evil.example/x'
        '//evil.example/x'
        '/\evil.example/x'
        '../x'
        'a/../../x'
        'a/%2e%2e/x'
        'a%5cb'
        'a#b'
        'javascript:alert(1)'
        '/'
    ) {
        $path = $_
        $said = Invoke-Captured { Invoke-PictifyApi $path }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('InvalidPath')
        $sandbox.Requests.Count | Should -Be 0
    }
}

Describe 'What Invoke-PictifyApi sends' {
    BeforeEach {
        $server = Start-RawServer { '{"uid":"e"}' }
        Connect-SandboxServer $server
    }

    AfterEach {
        Stop-RawServer $server
    }

    It 'has the names as they were written: <Script>' -ForEach @(
        @{ Script = 'Invoke-PictifyApi x -Method Post -Body @{ HTML = 1; Nested = @{ ClickRate = 2 } }'; Sent = '"HTML":1', '"ClickRate":2' }
        @{ Script = "Invoke-PictifyApi x -Method Post -Body ([pscustomobject] @{ URL = 'u'; List = @(@{ A = 1 }) })"; Sent = '"URL":"u"', '"A":1' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $server.Requests.Count | Should -Be 1
        "$($server.Requests[0].Method) $($server.Requests[0].Path)" | Should -BeExactly 'POST /x'
        foreach ($part in $Sent) {
            $server.Requests[0].Body.Contains($part) | Should -BeTrue -Because "$part is in: $($server.Requests[0].Body)"
        }
    }
}
