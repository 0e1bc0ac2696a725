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

Describe 'What Invoke-PictifyApi makes of answers' {
    AfterEach {
        Stop-RawServer $server
    }

    It 'loses no field: <Json>' -ForEach @(
        @{ Json = '{"Headline":1,"headline":2}'; Names = 'Headline', 'headline' }
        @{ Json = '{"":1,"a":2}'; Names = '', 'a' }
        @{ Json = '{"PSObject":1,"a":2}'; Names = 'PSObject', 'a' }
        @{ Json = '{"psbase":1,"PSTypeNames":2,"PSAdapted":3,"PSExtended":4}'; Names = 'psbase', 'PSTypeNames', 'PSAdapted', 'PSExtended' }
    ) {
        $server = Start-RawServer ([scriptblock]::Create("'{`"outer`":[$Json]}'"))
        Connect-SandboxServer $server

        $answer = Invoke-PictifyApi x -ErrorAction Stop

        $answer.outer.Count | Should -Be 1
        $inner = $answer.outer[0]
        $inner -is [System.Collections.IDictionary] | Should -BeTrue
        @($inner.Keys) | Should -BeExactly $Names
        foreach ($i in 0..($Names.Count - 1)) {
            $inner[$i] | Should -Be ($i + 1)
        }
    }

    It 'emits other objects with properties' {
        $server = Start-RawServer { '{"a":{"b":[1,{"c":2}]},"Count":3}' }
        Connect-SandboxServer $server

        $answer = Invoke-PictifyApi x -ErrorAction Stop

        $answer.a.b[1].c | Should -Be 2
        $answer.PSObject.Properties.Name | Should -BeExactly @('a', 'Count')
    }

    It 'reads a bare list with -Paginate, page by page, to its end' {
        $server = Start-RawServer { param($Request) @('[1,2]', '[3]', '[]')[$Request.Number - 1] }
        Connect-SandboxServer $server

        Invoke-PictifyApi x -Paginate -ErrorAction Stop | Should -Be @(1, 2, 3)
        $server.Requests.Path | Should -Be @('/x?page=1', '/x?page=2', '/x?page=3')
    }

    It 'reads a bare list with -Paginate once where the service does not page it' {
        $server = Start-RawServer { '[{"a":1},{"a":2}]' }
        Connect-SandboxServer $server

        @(Invoke-PictifyApi x -Paginate -ErrorAction Stop).a | Should -Be @(1, 2)
        $server.Requests.Count | Should -Be 2
    }
}
