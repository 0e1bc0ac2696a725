using System.Text;

namespace Pictify.Schedules;

/// <summary>The jobs of this user on this machine: a script for each, and the scheduler that starts it.</summary>
internal sealed class DueJobs
{
    private readonly string _folder;
    private readonly Dictionary<DueScheduler, Scheduler> _schedulers;

    /// <param name="commands">Runs the schedulers' programs.</param>
    /// <param name="settings">The folder of the user's settings.</param>
    /// <param name="isWindows">Whether this is Windows, which has one scheduler; other systems have two others.</param>
    public DueJobs(ICommands commands, string settings, bool isWindows)
    {
        _folder = Folder(settings);
        _schedulers = isWindows
            ? new() { [DueScheduler.TaskScheduler] = new TaskScheduler(commands, _folder) }
            : new()
            {
                [DueScheduler.Systemd] = new SystemdScheduler(commands, Path.Combine(settings, "systemd", "user")),
                [DueScheduler.Cron] = new CronScheduler(commands),
            };
    }

    /// <summary>Those of the user who runs this process.</summary>
    public static DueJobs Here() => new(new SystemCommands(), Settings(), Platform.IsWindows);

    /// <summary>Whether a job was registered here that ends the pauses of a ledger at an address. Starts no program.</summary>
    public static bool IsRegisteredFor(string ledgerPath, string baseUri) =>
        Read(Folder(Settings()))
            .Any(job => FileSystem.PathComparer.Equals(job.LedgerPath, ledgerPath) && job.BaseUri == baseUri);

    /// <summary>The jobs' names. Starts no program.</summary>
    public static string[] Names() => [.. Read(Folder(Settings())).Select(static job => job.Name)];

    /// <summary>The scheduler to use: the one that was given, else the first that is available.</summary>
    /// <exception cref="ScheduleException">None is available.</exception>
    public DueScheduler Choose(DueScheduler? wanted)
    {
        foreach (
            DueScheduler kind in _schedulers
                .Keys.Where(kind => wanted is null || kind == wanted)
                .OrderBy(static kind => kind)
        )
        {
            if (_schedulers[kind].IsAvailable())
            {
                return kind;
            }
        }

        throw new ScheduleException(
            ScheduleFailure.NoScheduler,
            (wanted is null ? "No scheduler is" : $"The scheduler {wanted} is not")
                + " available to this user. On Windows this needs Windows Task Scheduler (schtasks), elsewhere a running systemd of the "
                + "user (systemctl --user) or crontab. Let another program that runs jobs here run 'Resume-PictifyExperiment -Due'."
        );
    }

    /// <summary>The exact text that would be written and given to the scheduler.</summary>
    public string Show(DueJobOptions options)
    {
        string script = ScriptOf(options.Name);
        return $"{script}:\n{DueJobScript.Text(options)}\n{_schedulers[options.Scheduler].Show(options, script)}";
    }

    /// <summary>Whether the job is registered with exactly these settings.</summary>
    public bool IsRegistered(DueJobOptions options)
    {
        string script = ScriptOf(options.Name);
        return Files(options, script).All(static file => Content(file.Path) == file.Text)
            && _schedulers[options.Scheduler].Has(options, script);
    }

    /// <summary>Registers the job, in place of one with its name.</summary>
    /// <exception cref="ScheduleException">The scheduler or the disk refused.</exception>
    public void Register(DueJobOptions options)
    {
        string script = ScriptOf(options.Name);
        DueJobFile[] files = Files(options, script);
        if (Find(options.Name) is { } before && before.Scheduler != options.Scheduler)
        {
            Unregister(options.Name);
        }

        OnDisk(() =>
        {
            FileSystem.CreatePrivateFolder(_folder);
            foreach (DueJobFile file in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file.Path)!);
                File.WriteAllText(file.Path, file.Text, EncodingOf(file.Path));
            }
        });
        _schedulers[options.Scheduler].Add(options, script);
    }

    /// <summary>What the user must know after a job is registered; null if there is nothing.</summary>
    public string? Advice(DueScheduler scheduler) => _schedulers[scheduler].Advice();

    /// <summary>Removes the job: first from its scheduler, then its files.</summary>
    /// <exception cref="ScheduleException">The scheduler or the disk refused.</exception>
    public void Unregister(string name)
    {
        if (Find(name) is not { } job || !_schedulers.TryGetValue(job.Scheduler, out Scheduler? scheduler))
        {
            return;
        }

        scheduler.Remove(name);
        OnDisk(() =>
        {
            foreach (string file in scheduler.FilesOf(name).Append(ScriptOf(name)).Where(File.Exists))
            {
                File.Delete(file);
            }
        });
    }

    /// <summary>The jobs, by name; for each one its scheduler is asked whether it has it.</summary>
    public PictifyDueJob[] List() => [.. Read(_folder).Select(WithState)];

    /// <summary>One job; null if there is none.</summary>
    public PictifyDueJob? Find(string name) => Read(_folder).FirstOrDefault(job => job.Name == name);

    /// <summary>The job as it is now.</summary>
    public PictifyDueJob WithState(PictifyDueJob job) =>
        job with
        {
            IsActive = _schedulers.TryGetValue(job.Scheduler, out Scheduler? scheduler) && scheduler.Has(job.Name),
        };

    private static string Settings() =>
        Environment.GetFolderPath(
            Environment.SpecialFolder.ApplicationData,
            Environment.SpecialFolderOption.DoNotVerify
        );

    private static string Folder(string settings) => Path.Combine(settings, "Pictify", "jobs");

    private static PictifyDueJob[] Read(string folder)
    {
        try
        {
            return Directory.Exists(folder)
                ?
                [
                    .. Directory
                        .GetFiles(folder, "*.ps1")
                        .OrderBy(static path => path, StringComparer.Ordinal)
                        .Select(static path => DueJobScript.Read(path, File.ReadAllText(path)))
                        .Where(static job => job is not null)
                        .Select(static job => job!),
                ]
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(exception);
        }
    }

    private static string? Content(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(exception);
        }
    }

    private static void OnDisk(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(exception);
        }
    }

    private static ScheduleException Failed(Exception exception) =>
        new(
            ScheduleFailure.Refused,
            $"The files of the job cannot be read or written: {exception.Message.TrimEnd('.')}.",
            exception
        );

    /// <summary>
    /// Windows PowerShell needs a byte order mark to read a script as UTF-8, Task Scheduler reads UTF-16, and systemd accepts no mark.
    /// </summary>
    private static Encoding EncodingOf(string path) =>
        Path.GetExtension(path) switch
        {
            ".ps1" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
            ".xml" => Encoding.Unicode,
            _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };

    private DueJobFile[] Files(DueJobOptions options, string script) =>
        [new(script, DueJobScript.Text(options)), .. _schedulers[options.Scheduler].Files(options, script)];

    private string ScriptOf(string name) => Path.Combine(_folder, $"{name}.ps1");
}
