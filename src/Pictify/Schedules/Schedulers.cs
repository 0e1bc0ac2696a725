namespace Pictify.Schedules;

/// <summary>A file that belongs to a job.</summary>
internal sealed record DueJobFile(string Path, string Text);

/// <summary>A scheduler that can be given jobs.</summary>
internal abstract class Scheduler(ICommands commands)
{
    protected ICommands Commands { get; } = commands;

    /// <summary>Whether this machine has it, for this user.</summary>
    public abstract bool IsAvailable();

    /// <summary>The files that the job has besides its script.</summary>
    public virtual DueJobFile[] Files(DueJobOptions options, string script) => [];

    /// <summary>The exact text that is given to the scheduler.</summary>
    public virtual string Show(DueJobOptions options, string script) =>
        string.Join("\n", Files(options, script).Select(static file => $"{file.Path}:\n{file.Text}"));

    /// <summary>Whether the scheduler has the job.</summary>
    public abstract bool Has(string name);

    /// <summary>Whether it has the job with exactly these settings; the caller compares the files.</summary>
    public virtual bool Has(DueJobOptions options, string script) => Has(options.Name);

    /// <summary>Adds the job to the scheduler; its files are already written.</summary>
    public abstract void Add(DueJobOptions options, string script);

    /// <summary>Removes the job from the scheduler; does nothing if it has no such job.</summary>
    public abstract void Remove(string name);

    /// <summary>The files of a job, to be deleted with it.</summary>
    public virtual string[] FilesOf(string name) => [];

    /// <summary>What the user must know after a job is added; null if there is nothing.</summary>
    public virtual string? Advice() => null;

    /// <summary>Runs a program that has to succeed.</summary>
    protected void Run(string program, params string[] arguments)
    {
        CommandResult result = Commands.Run(program, arguments);
        if (result.ExitCode != 0)
        {
            throw Refused(program, result);
        }
    }

    protected static ScheduleException Refused(string program, CommandResult result)
    {
        string said = SafeText.Clean((result.Error.Trim().Length > 0 ? result.Error : result.Output).Trim());
        return new ScheduleException(
            ScheduleFailure.Refused,
            $"'{program}' ended with exit code {result.ExitCode}{(said.Length > 0 ? $": {said.TrimEnd('.')}" : "")}."
        );
    }
}

/// <summary>The user's crontab.</summary>
internal sealed class CronScheduler(ICommands commands) : Scheduler(commands)
{
    private const string Program = "crontab";

    public override bool IsAvailable() => Commands.Has(Program);

    public override string Show(DueJobOptions options, string script) =>
        $"The crontab's line:\n{DueJobText.CronLine(options, script)}\n";

    public override bool Has(string name) =>
        Lines().Any(line => line.EndsWith(DueJobText.CronMark(name), StringComparison.Ordinal));

    public override bool Has(DueJobOptions options, string script) =>
        Lines().Contains(DueJobText.CronLine(options, script));

    public override void Add(DueJobOptions options, string script) =>
        Write(DueJobText.Crontab(Read(), options.Name, DueJobText.CronLine(options, script)));

    public override void Remove(string name)
    {
        string table = Read();
        string without = DueJobText.Crontab(table, name, line: null);
        if (without != table)
        {
            Write(without);
        }
    }

    private string[] Lines() => Read().Split('\n');

    /// <summary>If the user has no crontab, the program reports that in the error stream, with an exit code of 1.</summary>
    private string Read()
    {
        CommandResult result = Commands.Run(Program, ["-l"]);
        return result.ExitCode == 0 ? result.Output
            : result.Error.IndexOf("no crontab", StringComparison.OrdinalIgnoreCase) >= 0 ? ""
            : throw Refused($"{Program} -l", result);
    }

    private void Write(string table)
    {
        CommandResult result = Commands.Run(Program, ["-"], table);
        if (result.ExitCode != 0)
        {
            throw Refused($"{Program} -", result);
        }
    }
}

/// <summary>A systemd timer of the user.</summary>
/// <param name="commands">Runs systemctl.</param>
/// <param name="folder">Where the user's units are.</param>
internal sealed class SystemdScheduler(ICommands commands, string folder) : Scheduler(commands)
{
    private const string Program = "systemctl";

    public override bool IsAvailable() =>
        Commands.Has(Program) && Commands.Run(Program, ["--user", "show-environment"]).ExitCode == 0;

    public override DueJobFile[] Files(DueJobOptions options, string script) =>
        [
            new(Unit(options.Name, "service"), DueJobText.Service(options, script)),
            new(Unit(options.Name, "timer"), DueJobText.Timer(options)),
        ];

    public override string[] FilesOf(string name) => [Unit(name, "service"), Unit(name, "timer")];

    public override bool Has(string name) => Asks("is-enabled", name) && Asks("is-active", name);

    public override void Add(DueJobOptions options, string script)
    {
        Run(Program, "--user", "daemon-reload");
        Run(Program, "--user", "enable", Timer(options.Name));
        Run(Program, "--user", "restart", Timer(options.Name));
    }

    public override void Remove(string name)
    {
        if (FilesOf(name).Any(File.Exists))
        {
            Run(Program, "--user", "disable", "--now", Timer(name));
        }
    }

    /// <summary>Without lingering, the units of a user stop when the user logs off.</summary>
    public override string? Advice() =>
        Commands.Has("loginctl")
        && Commands.Run("loginctl", ["show-user", Environment.UserName, "--property=Linger", "--value"])
            is { ExitCode: 0, Output: var linger }
        && linger.Trim() == "no"
            ? "The job runs only while you are logged on. With 'loginctl enable-linger' your timers run from the start of the machine."
            : null;

    private static string Timer(string name) => $"pictify-{name}.timer";

    private bool Asks(string question, string name) =>
        Commands.Run(Program, ["--user", question, Timer(name)]).ExitCode == 0;

    private string Unit(string name, string kind) => Path.Combine(folder, $"pictify-{name}.{kind}");
}

/// <summary>Windows Task Scheduler, by schtasks.exe and a task's XML.</summary>
/// <param name="commands">Runs schtasks.</param>
/// <param name="folder">Where the XML is kept, which shows with which settings a job is registered.</param>
internal sealed class TaskScheduler(ICommands commands, string folder) : Scheduler(commands)
{
    private const string Program = "schtasks";

    public override bool IsAvailable() => Commands.Has(Program);

    public override DueJobFile[] Files(DueJobOptions options, string script) =>
        [new(Xml(options.Name), DueJobText.Task(options, script))];

    public override string[] FilesOf(string name) => [Xml(name)];

    public override bool Has(string name) => Commands.Run(Program, ["/Query", "/TN", Task(name)]).ExitCode == 0;

    public override void Add(DueJobOptions options, string script) =>
        Run(Program, "/Create", "/TN", Task(options.Name), "/XML", Xml(options.Name), "/F");

    public override void Remove(string name)
    {
        if (Has(name))
        {
            Run(Program, "/Delete", "/TN", Task(name), "/F");
        }
    }

    private static string Task(string name) => $@"\Pictify\{name}";

    private string Xml(string name) => Path.Combine(folder, $"{name}.xml");
}
