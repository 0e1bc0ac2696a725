using System.Xml.Linq;
using Pictify.Schedules;

namespace Pictify.Tests;

/// <summary>The text that schedulers are given, and what the jobs do with a scheduler; no program is run.</summary>
public sealed class DueJobTests : IDisposable
{
    private const string Script = "/home/o'neil/my 100% $HOME/jobs/resume-due.ps1";

    private static readonly DueJobOptions _options = new()
    {
        Every = TimeSpan.FromMinutes(5),
        Scheduler = DueScheduler.Cron,
        Program = "/usr/bin/pwsh",
        Manifest = "/modules/PictifyPS.psd1",
        LedgerPath = "/home/somebody/ledger.jsonl",
        BaseUri = "https://api.pictify.io/",
        KeyFile = "/home/somebody/key.env",
        User = @"DOMAIN\some & body",
    };

    private readonly string _settings = Directory.CreateTempSubdirectory("pictify").FullName;

    public void Dispose() => Directory.Delete(_settings, recursive: true);

    [Theory]
    [InlineData(1, "* * * * *")]
    [InlineData(5, "*/5 * * * *")]
    [InlineData(30, "*/30 * * * *")]
    [InlineData(60, "0 * * * *")]
    [InlineData(360, "0 */6 * * *")]
    [InlineData(1440, "0 0 * * *")]
    public void A_line_of_cron_has_the_times(int minutes, string times) =>
        Assert.Equal(
            $"{times} /usr/bin/pwsh -NoProfile -NonInteractive -File /jobs/a.ps1 # pictify-resume-due",
            DueJobText.CronLine(_options with { Every = TimeSpan.FromMinutes(minutes) }, "/jobs/a.ps1")
        );

    [Theory]
    [InlineData(7)]
    [InlineData(45)]
    [InlineData(90)]
    [InlineData(300)]
    public void A_time_that_cron_cannot_keep_evenly_is_refused(int minutes) =>
        Assert.Equal(
            ScheduleFailure.Invalid,
            Assert
                .Throws<ScheduleException>(() =>
                    DueJobText.CronLine(_options with { Every = TimeSpan.FromMinutes(minutes) }, Script)
                )
                .Failure
        );

    [Fact]
    public void Cron_and_the_shell_read_a_path_as_it_is() =>
        Assert.EndsWith(
            @"-File '/home/o'\''neil/my 100\% $HOME/jobs/resume-due.ps1' # pictify-resume-due",
            DueJobText.CronLine(_options, Script),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("", "LINE\n")]
    [InlineData("a\n", "a\nLINE\n")]
    [InlineData("a", "a\nLINE\n")]
    [InlineData("a\n5 * * * * old # pictify-job\nb\n", "a\nb\nLINE\n")]
    [InlineData("# pictify-jobs\nx # pictify-job2\n", "# pictify-jobs\nx # pictify-job2\nLINE\n")]
    public void A_crontab_keeps_every_other_line(string table, string wanted)
    {
        string line = $"LINE{DueJobText.CronMark("job")}";

        string made = DueJobText.Crontab(table, "job", line);

        Assert.Equal(wanted.Replace("LINE", line, StringComparison.Ordinal), made);
        Assert.Equal(made, DueJobText.Crontab(made, "job", line));
        Assert.DoesNotContain("LINE", DueJobText.Crontab(made, "job", line: null), StringComparison.Ordinal);
    }

    [Fact]
    public void Systemd_reads_a_path_as_it_is() =>
        Assert.Contains(
            "ExecStart=\"/usr/bin/pwsh\" \"-NoProfile\" \"-NonInteractive\" \"-File\" \"/home/o'neil/my 100%% $$HOME/jobs/resume-due.ps1\"\n",
            DueJobText.Service(_options, Script),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_dollar_sign_in_the_program_is_refused_for_systemd() =>
        Assert.Throws<ScheduleException>(() => DueJobText.Service(_options with { Program = "/opt/$x/pwsh" }, Script));

    [Fact]
    public void A_task_is_xml_that_says_what_runs_when_and_for_whom()
    {
        DueJobOptions options = _options with
        {
            Scheduler = DueScheduler.TaskScheduler,
            Program = @"C:\Program Files\PowerShell\7\pwsh.exe",
        };

        XDocument task = XDocument.Parse(DueJobText.Task(options, @"C:\Users\o'neil & co\resume-due.ps1"));

        XNamespace space = "http://schemas.microsoft.com/windows/2004/02/mit/task";
        string Value(string name) => task.Descendants(space + name).Single().Value;
        Assert.Equal("PT5M", Value("Interval"));
        Assert.Equal(@"DOMAIN\some & body", Value("UserId"));
        Assert.Equal(options.Program, Value("Command"));
        Assert.Equal(
            @"-NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File ""C:\Users\o'neil & co\resume-due.ps1""",
            Value("Arguments")
        );
        Assert.Equal("IgnoreNew", Value("MultipleInstancesPolicy"));
        Assert.Throws<ScheduleException>(() => DueJobText.Task(options, @"C:\100%PATH%\a.ps1"));
    }

    [Fact]
    public void A_script_says_what_its_job_is()
    {
        DueJobOptions options = _options with { Every = TimeSpan.FromHours(6), LedgerPath = "/with # and ' it" };

        PictifyDueJob? job = DueJobScript.Read("/x.ps1", DueJobScript.Text(options));

        Assert.NotNull(job);
        Assert.Equal(
            (options.Name, options.Scheduler, options.Every, options.LedgerPath, options.BaseUri, options.Key),
            (job.Name, job.Scheduler, job.Every, job.LedgerPath, job.BaseUri, job.Key)
        );
        Assert.Null(DueJobScript.Read("/x.ps1", "# something else\n"));
    }

    [Fact]
    public void A_name_with_any_kind_of_quote_stays_a_literal_of_powershell()
    {
        string text = DueJobScript.Text(_options with { KeyFile = null, SecretName = "a'b\u2019c'; exit" });

        Assert.Contains("Get-Secret -Name 'a''b\u2019\u2019c''; exit' | Connect", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    public void A_line_end_is_refused_wherever_it_stands(string text)
    {
        DueJobOptions[] all =
        [
            _options with
            {
                Manifest = text,
            },
            _options with
            {
                LedgerPath = text,
            },
            _options with
            {
                KeyFile = text,
            },
            _options with
            {
                SecretName = text,
            },
            _options with
            {
                Vault = text,
            },
            _options with
            {
                Program = text,
            },
            _options with
            {
                Name = text,
            },
        ];

        Assert.All(all, static options => Assert.Throws<ScheduleException>(() => options.Checked()));
    }

    [Theory]
    [InlineData("00:00:30")]
    [InlineData("00:01:30")]
    [InlineData("1.00:01:00")]
    public void A_time_that_is_not_whole_minutes_up_to_a_day_is_refused(string every) =>
        Assert.Throws<ScheduleException>(() =>
            (
                _options with
                {
                    Every = TimeSpan.Parse(every, System.Globalization.CultureInfo.InvariantCulture),
                }
            ).Checked()
        );

    /// <summary>As on Windows: the calls of schtasks, on a stand-in.</summary>
    [Fact]
    public void A_task_is_created_once_from_its_xml_and_deleted_with_it()
    {
        var commands = new StandInForSchtasks();
        var jobs = new DueJobs(commands, _settings, isWindows: true);
        DueJobOptions options = _options with { Scheduler = jobs.Choose(null), Program = "pwsh.exe" };
        Assert.Equal(DueScheduler.TaskScheduler, options.Scheduler);
        Assert.False(jobs.IsRegistered(options));

        jobs.Register(options);

        string xml = Path.Combine(_settings, "Pictify", "jobs", "resume-due.xml");
        Assert.Contains($@"/Create /TN \Pictify\resume-due /XML {xml} /F", commands.Calls);
        Assert.True(jobs.IsRegistered(options));
        Assert.False(jobs.IsRegistered(options with { Every = TimeSpan.FromMinutes(6) }));
        Assert.True(Assert.Single(jobs.List()).IsActive);
        Assert.Equal("\uFEFF<?xml", System.Text.Encoding.Unicode.GetString(File.ReadAllBytes(xml))[..6]);

        jobs.Unregister("resume-due");

        Assert.Contains(@"/Delete /TN \Pictify\resume-due /F", commands.Calls);
        Assert.Empty(jobs.List());
        Assert.False(File.Exists(xml));
    }

    [Fact]
    public void A_machine_without_a_scheduler_says_what_was_looked_for()
    {
        var jobs = new DueJobs(new NoCommands(), _settings, isWindows: false);

        ScheduleException exception = Assert.Throws<ScheduleException>(() => jobs.Choose(null));

        Assert.Equal(ScheduleFailure.NoScheduler, exception.Failure);
        Assert.Contains("crontab", exception.Message, StringComparison.Ordinal);
    }

    private sealed class StandInForSchtasks : ICommands
    {
        private bool _has;

        public List<string> Calls { get; } = [];

        public bool Has(string program) => program == "schtasks";

        public CommandResult Run(string program, string[] arguments, string? input = null)
        {
            Calls.Add(string.Join(' ', arguments));
            bool had = _has;
            _has = arguments[0] switch
            {
                "/Create" => true,
                "/Delete" => false,
                _ => _has,
            };
            return new CommandResult(arguments[0] == "/Query" && !had ? 1 : 0, "", "");
        }
    }

    private sealed class NoCommands : ICommands
    {
        public bool Has(string program) => false;

        public CommandResult Run(string program, string[] arguments, string? input = null) =>
            throw new InvalidOperationException(program);
    }
}
