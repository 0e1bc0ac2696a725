using System.Globalization;
using System.Security;

namespace Pictify.Schedules;

/// <summary>The texts that are given to schedulers; they depend only on the job and its script.</summary>
internal static class DueJobText
{
    private const string Made = "Made by Register-PictifyDueJob; Unregister-PictifyDueJob removes it.";

    /// <summary>The systemd service that runs the script once.</summary>
    /// <exception cref="ScheduleException">The program's path has a character that systemd does not accept there.</exception>
    public static string Service(DueJobOptions options, string script)
    {
        if (options.Program.Contains('$'))
        {
            throw DueJobOptions.Invalid($"systemd accepts no '$' in the path of a program: '{options.Program}'.");
        }

        return string.Join(
            "\n",
            $"# {Made}",
            "[Unit]",
            "Description=Resume Pictify experiments whose pause is over",
            "",
            "[Service]",
            "Type=oneshot",
            $"ExecStart={string.Join(" ", options.Command(script).Select(QuoteForSystemd))}",
            "TimeoutStartSec=1h",
            ""
        );
    }

    /// <summary>The systemd timer that starts the service.</summary>
    public static string Timer(DueJobOptions options) =>
        string.Join(
            "\n",
            $"# {Made}",
            "[Unit]",
            $"Description=Resume Pictify experiments whose pause is over, every {Minutes(options)} min",
            "",
            "[Timer]",
            "OnActiveSec=0",
            $"OnUnitActiveSec={Minutes(options)}min",
            "AccuracySec=10s",
            "",
            "[Install]",
            "WantedBy=timers.target",
            ""
        );

    /// <summary>The end of a job's line in a crontab, by which the line is found; the shell reads it as a comment.</summary>
    public static string CronMark(string name) => $" # pictify-{name}";

    /// <summary>The job's line in the user's crontab.</summary>
    /// <exception cref="ScheduleException">Cron cannot run anything that often.</exception>
    public static string CronLine(DueJobOptions options, string script)
    {
        int minutes = Minutes(options);
        string times =
            minutes == 1 ? "* * * * *"
            : minutes < 60 && 60 % minutes == 0 ? Invariant($"*/{minutes} * * * *")
            : minutes == 60 ? "0 * * * *"
            : minutes == 1440 ? "0 0 * * *"
            : minutes % 60 == 0 && 24 % (minutes / 60) == 0 ? Invariant($"0 */{minutes / 60} * * *")
            : throw DueJobOptions.Invalid(
                Invariant(
                    $"cron cannot run a job every {minutes} minutes evenly: give minutes that divide an hour (1m, 2m, 3m, 4m, 5m, 6m, 10m, 12m, 15m, 20m, 30m), hours that divide a day (1h, 2h, 3h, 4h, 6h, 8h, 12h), or 1d."
                )
            );
        string command = string.Join(" ", options.Command(script).Select(QuoteForShell));

        // Cron ends the command at a percent sign, in quotes too.
        return $"{times} {command.Replace("%", "\\%")}{CronMark(options.Name)}";
    }

    /// <summary>The crontab with the job's line, in place of an earlier one of the job or at the end; every other line is unchanged.</summary>
    /// <param name="table">The crontab; empty if the user has none.</param>
    /// <param name="name">The job.</param>
    /// <param name="line">Its line; null removes it.</param>
    public static string Crontab(string table, string name, string? line)
    {
        string mark = CronMark(name);
        var kept = table
            .Split('\n')
            .Where(other => !other.TrimEnd('\r').EndsWith(mark, StringComparison.Ordinal))
            .ToList();
        string rest = string.Join("\n", kept);
        if (line is null)
        {
            return rest;
        }

        return rest.Length == 0 || rest.EndsWith("\n", StringComparison.Ordinal)
            ? $"{rest}{line}\n"
            : $"{rest}\n{line}\n";
    }

    /// <summary>The task for Windows Task Scheduler, which runs while the user is logged on, without elevated rights.</summary>
    /// <exception cref="ScheduleException">A path has a character that Task Scheduler would replace.</exception>
    public static string Task(DueJobOptions options, string script)
    {
        string[] command = options.Command(script);
        if (command.FirstOrDefault(static part => part.Contains('%') || part.Contains('"')) is { } odd)
        {
            throw DueJobOptions.Invalid(
                $"Task Scheduler replaces text between percent signs, and accepts no quotation mark: '{odd}'."
            );
        }

        string arguments = string.Join(
            " ",
            command.Skip(1).Select(static part => part.Contains(' ') ? $"\"{part}\"" : part)
        );
        return string.Join(
            "\r\n",
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
            "<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">",
            "  <RegistrationInfo>",
            $"    <Description>Resume Pictify experiments whose pause is over. {Made}</Description>",
            "  </RegistrationInfo>",
            "  <Triggers>",
            "    <TimeTrigger>",
            "      <Repetition>",
            Invariant($"        <Interval>PT{Minutes(options)}M</Interval>"),
            "      </Repetition>",
            "      <StartBoundary>2020-01-01T00:00:00</StartBoundary>",
            "      <Enabled>true</Enabled>",
            "    </TimeTrigger>",
            "  </Triggers>",
            "  <Principals>",
            "    <Principal id=\"Author\">",
            $"      <UserId>{SecurityElement.Escape(options.User)}</UserId>",
            "      <LogonType>InteractiveToken</LogonType>",
            "      <RunLevel>LeastPrivilege</RunLevel>",
            "    </Principal>",
            "  </Principals>",
            "  <Settings>",
            "    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>",
            "    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
            "    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>",
            "    <StartWhenAvailable>true</StartWhenAvailable>",
            "    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit>",
            "    <Enabled>true</Enabled>",
            "  </Settings>",
            "  <Actions Context=\"Author\">",
            "    <Exec>",
            $"      <Command>{SecurityElement.Escape(command[0])}</Command>",
            $"      <Arguments>{SecurityElement.Escape(arguments)}</Arguments>",
            "    </Exec>",
            "  </Actions>",
            "</Task>",
            ""
        );
    }

    private static int Minutes(DueJobOptions options) => (int)options.Every.TotalMinutes;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>In double quotes, where systemd reads escapes, specifiers (%) and variables ($).</summary>
    private static string QuoteForSystemd(string text) =>
        $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("%", "%%").Replace("$", "$$")}\"";

    private static string QuoteForShell(string text) =>
        text.All(static c => c < 128 && (char.IsLetterOrDigit(c) || c is '-' or '/' or '.' or '_' or ':'))
            ? text
            : $"'{text.Replace("'", "'\\''")}'";
}
