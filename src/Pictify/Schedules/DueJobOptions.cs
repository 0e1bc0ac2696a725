using System.Text.RegularExpressions;

namespace Pictify.Schedules;

/// <summary>The settings of a job. Everything that is written for it depends on these settings only.</summary>
internal sealed record DueJobOptions
{
    private static readonly Regex _name = new(
        @"\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\z",
        RegexOptions.CultureInvariant
    );

    public string Name { get; init; } = "resume-due";

    public DueScheduler Scheduler { get; init; }

    public TimeSpan Every { get; init; }

    /// <summary>The full path of the program that runs PowerShell's scripts.</summary>
    public string Program { get; init; } = "";

    /// <summary>What comes before PowerShell's own arguments: pwsh.dll, if the program is dotnet.</summary>
    public string[] ProgramArguments { get; init; } = [];

    /// <summary>The module's manifest.</summary>
    public string Manifest { get; init; } = "";

    public string LedgerPath { get; init; } = "";

    public string BaseUri { get; init; } = "";

    /// <summary>A file with a line PICTIFY_API_KEY=...; null if the key is a secret.</summary>
    public string? KeyFile { get; init; }

    public string? SecretName { get; init; }

    public string? Vault { get; init; }

    /// <summary>The user for whom the task runs, by the name in Windows.</summary>
    public string User { get; init; } = "";

    /// <summary>Where the key is, in words.</summary>
    public string Key =>
        KeyFile is not null ? $"file {KeyFile}"
        : Vault is null ? $"secret {SecretName}"
        : $"secret {SecretName} in vault {Vault}";

    /// <summary>Refuses settings with which no job can be registered.</summary>
    /// <exception cref="ScheduleException">The message contains what is refused and why.</exception>
    public DueJobOptions Checked()
    {
        if (!IsName(Name))
        {
            throw Invalid(
                $"'{SafeText.Clean(Name)}' is no name of a job: 1 to 40 of a-z, 0-9 and '-', which is neither first nor last."
            );
        }

        if (
            Every < TimeSpan.FromMinutes(1)
            || Every > TimeSpan.FromDays(1)
            || Every.Ticks % TimeSpan.TicksPerMinute != 0
        )
        {
            throw Invalid("-Every is whole minutes, from 1m to 1d.");
        }

        foreach (
            string? text in new[] { Program, Manifest, LedgerPath, BaseUri, KeyFile, SecretName, Vault, User }.Concat(
                ProgramArguments
            )
        )
        {
            if (text?.Any(char.IsControl) == true)
            {
                throw Invalid(
                    $"'{SafeText.Clean(text)}' has a line end or another control character, which no scheduler accepts."
                );
            }
        }

        return this;
    }

    public static bool IsName(string name) => _name.IsMatch(name);

    public static ScheduleException Invalid(string message) => new(ScheduleFailure.Invalid, message);

    /// <summary>The command line, part by part.</summary>
    public string[] Command(string script) =>
        [
            Program,
            .. ProgramArguments,
            "-NoProfile",
            "-NonInteractive",
            .. Scheduler == DueScheduler.TaskScheduler ? ["-ExecutionPolicy", "RemoteSigned"] : Array.Empty<string>(),
            "-File",
            script,
        ];
}
