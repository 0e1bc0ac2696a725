#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Wait-PictifyExperiment: how it ends.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Wait-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'emits an experiment that has one of the statuses' {
        $there = @(Wait-PictifyExperiment exp_sandbox_01 -Status Running, Paused -ErrorAction Stop)

        $there.Count | Should -Be 1
        "$($there[0].Status)" | Should -BeExactly 'Running'
    }

    It 'ends with WaitTimedOut after -TimeoutSec, and names the status last seen' {
        $said = Invoke-Captured { Wait-PictifyExperiment exp_sandbox_01 -Status Paused -TimeoutSec 0 }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('WaitTimedOut')
        "$($said.Errors[0])".Contains("'running'") | Should -BeTrue -Because "$($said.Errors[0])"
        $said.Output | Should -BeNullOrEmpty
    }

    It 'ends with WaitTimedOut at once where the status can never come' {
        $said = Invoke-Captured { Wait-PictifyExperiment exp_sandbox_12 -Status Paused }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('WaitTimedOut')
        $sandbox.Requests['GET experiment'] | Should -Be 1
    }
}

Describe 'Waiting for several' -Skip:($PSVersionTable.PSEdition -ne 'Core') {
    BeforeAll {
        # A clock that stands still, and whose timers fire when the test says so. In Windows PowerShell the type of a clock is not public.
        if (-not ('PictifyTests.StoppedClock' -as [type])) {
            Add-Type -TypeDefinition @'
using System.Collections.Generic;
using System.Threading;
namespace PictifyTests
{
    public sealed class StoppedClock : global::System.TimeProvider
    {
        private readonly List<Waiting> _waiting = new List<Waiting>();
        private global::System.DateTimeOffset _now = new global::System.DateTimeOffset(2026, 11, 27, 16, 0, 0, global::System.TimeSpan.Zero);

        public override global::System.DateTimeOffset GetUtcNow() { lock (_waiting) { return _now - SetBack; } }

        public override long TimestampFrequency { get { return global::System.TimeSpan.TicksPerSecond; } }

        /// <summary>How far the time of day was set back; durations do not know.</summary>
        public global::System.TimeSpan SetBack { get; set; }

        public override long GetTimestamp() { lock (_waiting) { return _now.Ticks; } }

        public override ITimer CreateTimer(TimerCallback callback, object state, global::System.TimeSpan due, global::System.TimeSpan period)
        {
            lock (_waiting)
            {
                var timer = new Waiting(this, callback, state, due < global::System.TimeSpan.Zero ? global::System.DateTimeOffset.MaxValue : _now + due);
                _waiting.Add(timer);
                return timer;
            }
        }

        public void Pass(global::System.TimeSpan time)
        {
            Waiting[] all;
            lock (_waiting)
            {
                _now += time;
                all = _waiting.FindAll(timer => timer.Due <= _now).ToArray();
                _waiting.RemoveAll(timer => timer.Due <= _now);
            }
            foreach (Waiting timer in all) { timer.Fire(); }
        }

        private sealed class Waiting : ITimer
        {
            private readonly StoppedClock _clock;
            private readonly TimerCallback _callback;
            private readonly object _state;
            public readonly global::System.DateTimeOffset Due;
            public Waiting(StoppedClock clock, TimerCallback callback, object state, global::System.DateTimeOffset due) { _clock = clock; _callback = callback; _state = state; Due = due; }
            public void Fire() { _callback(_state); }
            public bool Change(global::System.TimeSpan due, global::System.TimeSpan period) { return true; }
            public void Dispose() { lock (_clock._waiting) { _clock._waiting.Remove(this); } }
            public global::System.Threading.Tasks.ValueTask DisposeAsync() { Dispose(); return default; }
        }
    }
}
'@
        }

        function Wait-Until([scriptblock] $Condition) {
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            while (-not (& $Condition)) {
                if ($watch.Elapsed.TotalSeconds -gt 20) {
                    return $false
                }

                Start-Sleep -Milliseconds 10
            }

            $true
        }
    }

    It 'takes no longer than for one: a wait holds no slot' {
        $clock = [PictifyTests.StoppedClock]::new()
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $clock })
        $shell = [powershell]::Create().AddScript({
                param($Manifest, $Sandbox)
                Import-Module $Manifest
                Connect-Pictify -Sandbox $Sandbox
                'exp_sandbox_04', 'exp_sandbox_10', 'exp_sandbox_11', 'exp_sandbox_01', 'exp_sandbox_12' |
                    Wait-PictifyExperiment -Status Running -TimeoutSec 3 -ThrottleLimit 1
            }).AddArgument($Manifest).AddArgument($sandbox)
        try {
            $running = $shell.BeginInvoke()

            # All are read before any time has passed, one after the other, and all are over at the same time.
            Wait-Until { $sandbox.Requests['GET experiment'] -eq 5 } | Should -BeTrue
            $end = $clock.GetUtcNow().AddSeconds(10)
            Wait-Until {
                if (-not $running.IsCompleted -and $clock.GetUtcNow() -lt $end) {
                    $clock.Pass([timespan]::FromMilliseconds(100))
                }

                $running.IsCompleted
            } | Should -BeTrue
            $output = $shell.EndInvoke($running)
            $errors = @($shell.Streams.Error)
        }
        finally {
            $shell.Stop()
            $shell.Dispose()
        }

        $output.Uid | Should -Be @('exp_sandbox_01')
        Get-ErrorId $errors | Should -Be @('WaitTimedOut', 'WaitTimedOut', 'WaitTimedOut', 'WaitTimedOut')
        $errors.TargetObject | Should -Be @('exp_sandbox_04', 'exp_sandbox_10', 'exp_sandbox_11', 'exp_sandbox_12')
    }

    It 'takes no longer where the clock is set back meanwhile' {
        $clock = [PictifyTests.StoppedClock]::new()
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $clock })
        $shell = [powershell]::Create().AddScript({
                param($Manifest, $Sandbox)
                Import-Module $Manifest
                Connect-Pictify -Sandbox $Sandbox
                Wait-PictifyExperiment exp_sandbox_04 -Status Running -TimeoutSec 3
            }).AddArgument($Manifest).AddArgument($sandbox)
        try {
            $running = $shell.BeginInvoke()
            Wait-Until { $sandbox.Requests['GET experiment'] -eq 1 } | Should -BeTrue
            $clock.SetBack = [timespan]::FromHours(1)
            $count = @{ Passed = 0 }
            Wait-Until {
                if (-not $running.IsCompleted -and $count.Passed -lt 100) {
                    $clock.Pass([timespan]::FromMilliseconds(100))
                    $count.Passed++
                }

                $running.IsCompleted
            } | Should -BeTrue
            $null = $shell.EndInvoke($running)
            $errors = @($shell.Streams.Error)
        }
        finally {
            $shell.Stop()
            $shell.Dispose()
        }

        Get-ErrorId $errors | Should -BeExactly @('WaitTimedOut')
    }

    It 'ends when the command is stopped' {
        $clock = [PictifyTests.StoppedClock]::new()
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $clock })
        $shell = [powershell]::Create().AddScript({
                param($Manifest, $Sandbox)
                Import-Module $Manifest
                Connect-Pictify -Sandbox $Sandbox
                'exp_sandbox_04', 'exp_sandbox_10' | Wait-PictifyExperiment -Status Running
            }).AddArgument($Manifest).AddArgument($sandbox)
        try {
            $running = $shell.BeginInvoke()
            Wait-Until { $sandbox.Requests['GET experiment'] -eq 2 } | Should -BeTrue
            $stopping = $shell.BeginStop($null, $null)

            Wait-Until { $stopping.IsCompleted -and $running.IsCompleted } | Should -BeTrue
        }
        finally {
            $shell.Dispose()
        }
    }

    It 'is one error for a key that is refused' {
        Connect-Pictify -Sandbox ([Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ AcceptKey = [Func[string, bool]] { $false } }))

        $said = Invoke-Captured { 'exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_03' | Wait-PictifyExperiment -Status Paused }

        # The others met the same, and each says that nothing came of it.
        Get-ErrorId $said.Terminating | Should -Be 'KeyRefused'
        @(Get-ErrorId $said.Errors) | Should -Be @('NotAttempted', 'NotAttempted')
    }
}
