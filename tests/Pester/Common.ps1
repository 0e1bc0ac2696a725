# What every test file shares: where the module and the sandbox server are, sessions on a sandbox, and processes of this PowerShell.
# Each file dot-sources it in BeforeAll, and in BeforeDiscovery where its test cases are made of the module's commands.
#
#   PICTIFY_TEST_MODULE   the manifest to test; default: out/PictifyPS/<version>, else the repository's root
#   PICTIFY_TEST_SERVER   SandboxServer.dll, or the http address of one that runs already; default: the one built in tools/SandboxServer
#   PICTIFY_TEST_DOTNET   the dotnet that runs SandboxServer.dll; default: the one on the path

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Dot-sourced: the test files read these.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

$Root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
$Manifest = if ($env:PICTIFY_TEST_MODULE) { $env:PICTIFY_TEST_MODULE } else {
    @(Get-Item "$Root/out/PictifyPS/*/PictifyPS.psd1", "$Root/PictifyPS.psd1" -ErrorAction SilentlyContinue)[0].FullName
}
$Samples = "$Root/samples"
$IsWindowsHere = [System.IO.Path]::DirectorySeparatorChar -eq '\'
$IsSeven = $PSVersionTable.PSVersion.Major -ge 7

# No test writes into the user's ledger or profiles, or reads the user's key: what it needs, it says.
$env:PICTIFY_LEDGER = 'off'
$env:PICTIFY_API_KEY = $null
$env:PICTIFY_BASE_URL = $null
$env:PICTIFY_PROFILES = Join-Path ([System.IO.Path]::GetTempPath()) "pictifyps-no-profiles-$PID/profiles.json"
if (-not (Get-Module PictifyPS)) {
    Import-Module $Manifest
}

# The key that tests use; the sandbox server accepts any that begins with pk_.
$TestKey = 'pk_test_sandboxserver'

function ConvertTo-Key([string] $Text) {
    [System.Net.NetworkCredential]::new('', $Text).SecurePassword
}

# The id of an error without the command's name, which PowerShell adds.
function Get-ErrorId($ErrorRecord) {
    $ErrorRecord | ForEach-Object { ($_.FullyQualifiedErrorId -split ',')[0] }
}

# Runs a script block and returns what it said, on every stream: Output, Errors, Terminating, Warnings, Verbose.
# The block sees this function's variables before those of its test, so they have names that no test has.
function Invoke-Captured([scriptblock] $CapturedBlock) {
    $capturedRecords = @()
    $capturedError = $null
    $ErrorActionPreference = 'Continue'
    try {
        & $CapturedBlock *>&1 | ForEach-Object { $capturedRecords += , $_ }
    }
    catch {
        $capturedError = $_
    }

    [pscustomobject]@{
        Output      = @($capturedRecords | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] -and $_ -isnot [System.Management.Automation.InformationalRecord] -and $_ -isnot [System.Management.Automation.InformationRecord] })
        Errors      = @($capturedRecords | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
        Terminating = $capturedError
        Warnings    = @($capturedRecords | Where-Object { $_ -is [System.Management.Automation.WarningRecord] } | ForEach-Object { $_.Message })
        Verbose     = @($capturedRecords | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | ForEach-Object { $_.Message })
    }
}

# What a script block says under -WhatIf, as the host shows it: Actions and Targets, line by line, and Said, as Invoke-Captured gives it.
function Get-WhatIf([scriptblock] $WhatIfBlock) {
    $whatIfFile = Join-Path $TestDrive "whatif-$([guid]::NewGuid()).txt"
    $null = Start-Transcript $whatIfFile
    try {
        $whatIfSaid = Invoke-Captured $WhatIfBlock
    }
    finally {
        $null = Stop-Transcript
    }

    $found = [regex]::Matches([System.IO.File]::ReadAllText($whatIfFile), '(?m)^What if: Performing the operation "(.*)" on target "(.*)"\.\r?$')
    [pscustomobject]@{
        Actions = @($found | ForEach-Object { $_.Groups[1].Value })
        Targets = @($found | ForEach-Object { $_.Groups[2].Value })
        Said    = $whatIfSaid
    }
}

# Waits for what a test is about to find; false where it never came to be, also on a machine with much else to do.
function Wait-Until([scriptblock] $Condition) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt 120) {
            return $false
        }

        Start-Sleep -Milliseconds 10
    }

    $true
}

# A sandbox server with a fresh state. The settings are those of POST /__sandbox (SandboxServer --help), such as @{ generate = 300 }.
function Start-SandboxServer([hashtable] $Settings = @{}) {
    $server = if ($env:PICTIFY_TEST_SERVER) { $env:PICTIFY_TEST_SERVER } else {
        @(Get-Item "$Root/tools/SandboxServer/bin/*/net10.0/SandboxServer.dll" -ErrorAction SilentlyContinue)[0].FullName
    }
    if (-not $server) {
        throw 'There is no sandbox server: run dotnet build tools/SandboxServer, or set PICTIFY_TEST_SERVER.'
    }

    if ($server -match '^http://') {
        $started = [pscustomobject]@{ Address = $server.TrimEnd('/'); Process = $null }
    }
    else {
        $start = [System.Diagnostics.ProcessStartInfo]::new($(if ($env:PICTIFY_TEST_DOTNET) { $env:PICTIFY_TEST_DOTNET } else { 'dotnet' }), "`"$server`"")
        $start.RedirectStandardOutput = $true
        $start.UseShellExecute = $false
        $process = [System.Diagnostics.Process]::Start($start)
        $started = [pscustomobject]@{ Address = $process.StandardOutput.ReadLine().TrimEnd('/'); Process = $process }
    }

    try {
        Set-SandboxServer $started (@{ reset = $true } + $Settings)
    }
    catch {
        # Whoever called gets no server, and could not end its process.
        Stop-SandboxServer $started
        throw
    }

    $started
}

function Stop-SandboxServer($Server) {
    if ($Server.Process) {
        $Server.Process.Kill()
        $Server.Process.Dispose()
    }
}

# Requests by kind, what changed, and the experiments as they are now.
function Get-SandboxServer($Server) {
    Invoke-RestMethod "$($Server.Address)/__sandbox" -UseBasicParsing
}

# The same as text. For thousands of experiments objects take long, and Windows PowerShell may refuse.
function Get-SandboxServerText($Server) {
    $web = [System.Net.WebClient]::new()
    $web.Proxy = $null
    $web.Encoding = [System.Text.Encoding]::UTF8
    $web.DownloadString("$($Server.Address)/__sandbox")
}

# Uids and statuses of such a text, by uid, of experiments that generate made.
function Get-SandboxStatus([string] $Text) {
    $statuses = @{}
    foreach ($match in [regex]::Matches($Text, '"uid":"(exp_sandbox_\d+)".*?"status":"(\w+)"')) {
        $statuses[$match.Groups[1].Value] = $match.Groups[2].Value
    }

    $statuses
}

# Sent as bytes: Windows PowerShell sends text in Latin 1.
function Set-SandboxServer($Server, [hashtable] $Settings) {
    $json = [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $Settings -Depth 10))
    $null = Invoke-RestMethod "$($Server.Address)/__sandbox" -Method Post -ContentType 'application/json' -Body $json -UseBasicParsing
}

# A server that answers each request by $Answer, in a runspace of its own. $Answer takes the request (Method, Path, Headers,
# Body as text, Number from 1) and gives the answer's body, or a status and the body; it is called HTML where it begins with '<'.
# $null closes the connection without an answer.
function Start-RawServer([scriptblock] $Answer) {
    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $requests = [System.Collections.ArrayList]::Synchronized([System.Collections.ArrayList]::new())
    $shell = [powershell]::Create().AddScript({
            param($Listener, $Requests, $Text)
            $ErrorActionPreference = 'Stop'
            $answer = [scriptblock]::Create($Text)
            $latin = [System.Text.Encoding]::GetEncoding(28591)
            try {
                while ($true) {
                    $client = $Listener.AcceptTcpClient()

                    # A client may open a connection and not use it; the others must not wait for that one for ever.
                    $client.ReceiveTimeout = 500
                    try {
                        $stream = $client.GetStream()
                        $reader = [System.IO.StreamReader]::new($stream, $latin)
                        $line = $reader.ReadLine()
                        if (-not $line) {
                            # It closed the connection without a request.
                            continue
                        }

                        $method, $path = $line -split ' '
                        $headers = @{}
                        while ($line = $reader.ReadLine()) {
                            $name, $value = $line -split ':\s*', 2
                            $headers[$name] = $value
                        }

                        $read = [char[]]::new([int] $headers['Content-Length'])
                        $null = $reader.ReadBlock($read, 0, $read.Length)
                        $request = [pscustomobject]@{
                            Method  = $method
                            Path    = $path[0]
                            Headers = $headers
                            Body    = [System.Text.Encoding]::UTF8.GetString($latin.GetBytes($read))
                            Number  = $Requests.Count + 1
                        }
                        $null = $Requests.Add($request)
                        $status, $body = & $answer $request
                        if ($status -isnot [int]) {
                            $status, $body = 200, $status
                        }

                        if ($null -ne $body) {
                            $bytes = [System.Text.Encoding]::UTF8.GetBytes($body)
                            $type = if ($body -like '<*') { 'text/html' } else { 'application/json' }
                            $head = "HTTP/1.1 $status Status`r`nContent-Type: $type`r`nContent-Length: $($bytes.Length)`r`nConnection: close`r`n`r`n"
                            $all = [System.Text.Encoding]::ASCII.GetBytes($head) + $bytes
                            $stream.Write($all, 0, $all.Length)
                        }
                    }
                    catch [System.IO.IOException] {
                        # The client went away.
                        $null = $_
                    }
                    finally {
                        $client.Close()
                    }
                }
            }
            finally {
                # Where this ends, by an error in $Answer too, connections are refused, and no client waits for an answer.
                $Listener.Stop()
            }
        }).AddArgument($listener).AddArgument($requests).AddArgument("$Answer")
    $server = [pscustomobject]@{
        Address  = "http://127.0.0.1:$($listener.LocalEndpoint.Port)"
        Received = $requests
        Listener = $listener
        Shell    = $shell
        Running  = $shell.BeginInvoke()
    }

    # A copy, because the list may grow while a test enumerates it.
    $server | Add-Member -MemberType ScriptProperty -Name Requests -Value { , $this.Received.ToArray() } -PassThru
}

# A raw server whose list never comes to rest: it has two experiments, e_1 and e_2, called Hero, and another total on each page, so
# that no reading of it is sure to be whole. What is paused is.
function Start-UnsettledServer {
    Start-RawServer {
        param($Request)
        if ($Request.Method -ne 'GET') {
            '{"experiment":{"uid":"' + ($Request.Path -split '/')[3] + '","name":"Hero","status":"paused"}}'
        }
        elseif ($Request.Path -match 'page=([12])&') {
            '{"experiments":[{"uid":"e_' + $Matches[1] + '","name":"Hero","status":"running"}],"total":' + (10 + $Request.Number) + '}'
        }
        else {
            '{"experiments":[],"total":' + (10 + $Request.Number) + '}'
        }
    }
}

# Ends its runspace too: what waits for a request fails when the listener stops.
function Stop-RawServer($Server) {
    $Server.Listener.Stop()
    $null = $Server.Running.AsyncWaitHandle.WaitOne(5000)
    $Server.Shell.Dispose()
}

# Connects this session to a server; further parameters of Connect-Pictify in the hashtable.
function Connect-SandboxServer($Server, [hashtable] $More = @{}) {
    Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $Server.Address -NoProxy @More
}

# How to start another process of the PowerShell that runs this: a pwsh that is a .NET tool has no program of its own name.
function Get-PwshCommand {
    $name = if ($PSVersionTable.PSEdition -eq 'Core') { 'pwsh' } else { 'powershell' }
    $program = Join-Path $PSHOME "$name$(if ($IsWindowsHere) { '.exe' })"
    $library = Join-Path $PSHOME 'pwsh.dll'
    if ([System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName -match '[\\/]dotnet(\.exe)?$') {
        , @([System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName, $library)
    }
    else {
        , @($program)
    }
}

# Starts pwsh in a process of its own, such as Start-Pwsh -File, $path or Start-Pwsh -Command, $text, and does not wait for it:
# Process, and what it writes, as tasks, in Output and Error. With $Answers it may ask, and reads these lines; not with -Command,
# for which pwsh itself reads what comes in.
function Start-Pwsh([string[]] $Arguments, [hashtable] $Environment = @{}, [string[]] $Answers) {
    $command = Get-PwshCommand
    $all = @($command | Select-Object -Skip 1) + '-NoProfile'
    if (-not $Answers) {
        $all += '-NonInteractive'
    }

    if ($IsWindowsHere) {
        $all += '-ExecutionPolicy', 'Bypass'
    }

    $start = [System.Diagnostics.ProcessStartInfo]::new($command[0])
    $start.Arguments = ($all + $Arguments | ForEach-Object { '"' + ($_ -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"' }) -join ' '
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $start.RedirectStandardError = $start.RedirectStandardInput = $true
    $start.StandardOutputEncoding = $start.StandardErrorEncoding = [System.Text.Encoding]::UTF8
    foreach ($name in $Environment.Keys) {
        $start.EnvironmentVariables[$name] = $Environment[$name]
    }

    $process = [System.Diagnostics.Process]::Start($start)
    foreach ($answer in $Answers) {
        $process.StandardInput.WriteLine($answer)
    }

    $process.StandardInput.Close()
    [pscustomobject]@{ Process = $process; Output = $process.StandardOutput.ReadToEndAsync(); Error = $process.StandardError.ReadToEndAsync() }
}

# Waits for the end of what Start-Pwsh started: ExitCode, Output, Error (as text).
function Wait-Pwsh($Started) {
    $Started.Process.WaitForExit()
    [pscustomobject]@{
        ExitCode = $Started.Process.ExitCode
        Output   = $Started.Output.Result -replace "`r`n", "`n"
        Error    = $Started.Error.Result -replace "`r`n", "`n"
    }
    $Started.Process.Dispose()
}

# Runs pwsh as Start-Pwsh does, to its end.
function Invoke-Pwsh([string[]] $Arguments, [hashtable] $Environment = @{}, [string[]] $Answers) {
    Wait-Pwsh (Start-Pwsh $Arguments $Environment $Answers)
}

# What a person sees of objects at a width, line by line, without colours.
function Get-Shown([int] $Width = 80) {
    (($input | Out-String -Width $Width) -replace "`e\[[0-9;]*m".Replace('`e', [string][char]27), '') -split "`r?`n"
}

# Makes PictifyTests.SetClock known, where there are such clocks: not on .NET Framework.
function Add-SetClock {
    if ($PSVersionTable.PSEdition -eq 'Core' -and -not ('PictifyTests.SetClock' -as [type])) {
        Add-Type -TypeDefinition @'
namespace PictifyTests
{
    /// <summary>Stands still until it is set; its time zone is UTC.</summary>
    public sealed class SetClock : System.TimeProvider
    {
        public global::System.DateTimeOffset Now { get; set; }

        public override global::System.TimeZoneInfo LocalTimeZone { get { return global::System.TimeZoneInfo.Utc; } }

        public override global::System.DateTimeOffset GetUtcNow() { return Now; }
    }
}
'@
    }
}
