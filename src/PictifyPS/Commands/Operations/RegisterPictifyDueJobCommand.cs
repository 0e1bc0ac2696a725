using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Schedules;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Registers a scheduled job on this machine that ends due pauses by running 'Resume-PictifyExperiment -Due'.</summary>
/// <remarks>
/// <para>The job belongs to this user. It is a task of Windows Task Scheduler, a systemd timer, or a line in the crontab, whichever is
/// available. It ends the pauses of the connection's ledger at the connection's address. A job with the same name is replaced; if it is
/// already registered with the same settings, nothing is changed, and Change is Unchanged. -WhatIf shows every file and line, word for
/// word.</para>
/// <para>The key is read when the job runs: from a file that only its owner may read, or from a secret of SecretManagement, whose vault
/// must open without a question. The key is on no command line, and in no file that this command writes.</para>
/// <para>A Windows task runs only while the user is logged on. So does a systemd timer, unless 'loginctl enable-linger' is set for the
/// user; a warning is written about it. Cron always runs.</para>
/// </remarks>
/// <example>
/// <code>Register-PictifyDueJob -Every 5m -EnvironmentFile ./pictify.env -WhatIf</code>
/// <para>Shows what would be registered. The file contains the line PICTIFY_API_KEY=..., and only its owner can read it.</para>
/// </example>
/// <example>
/// <code>Register-PictifyDueJob -Every 15m -SecretName PictifyKey</code>
/// <para>Registers a job that ends due pauses every quarter of an hour, with a key from SecretManagement.</para>
/// </example>
/// <seealso cref="GetPictifyDueJobCommand"/>
/// <seealso cref="UnregisterPictifyDueJobCommand"/>
/// <seealso cref="ResumePictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Schedules</seealso>
[Cmdlet(VerbsLifecycle.Register, "PictifyDueJob", DefaultParameterSetName = ByFile, SupportsShouldProcess = true)]
[OutputType(typeof(PictifyDueJob))]
public sealed class RegisterPictifyDueJobCommand : DueJobCmdlet
{
    private const string ByFile = "EnvironmentFile";
    private const string BySecret = "Secret";

    /// <summary>
    /// How often the job runs: a TimeSpan, or text such as 5m, 1h or 00:15:00 (hours, minutes, seconds); whole minutes, from 1m to 1d. A
    /// number needs its unit. For cron it has to divide an hour or a day.
    /// </summary>
    // A string: PowerShell parses 1d and 30s as numbers with a suffix, and passes the typed text only to a string parameter.
    [Parameter(Mandatory = true, Position = 0)]
    [Text("Register-PictifyDueJob -Every", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string Every { get; set; } = "";

    /// <summary>A file with the line PICTIFY_API_KEY=..., which only its owner may read (mode 600; on Windows, no other account).</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByFile)]
    [Text("Register-PictifyDueJob -EnvironmentFile", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string? EnvironmentFile { get; set; }

    /// <summary>The name of a secret of SecretManagement that is the key, or a credential whose password is the key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BySecret)]
    [Text("Register-PictifyDueJob -SecretName", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    /// <summary>The vault that contains the secret. Default: SecretManagement's own default.</summary>
    [Parameter(ParameterSetName = BySecret)]
    [Text("Register-PictifyDueJob -Vault", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string? Vault { get; set; }

    /// <summary>The job's name, for more than one job: 1 to 40 of a-z, 0-9 and '-'. Default: resume-due.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DueJobCompleter))]
    [Text("Register-PictifyDueJob -Name", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = new DueJobOptions().Name;

    /// <summary>
    /// The scheduler: TaskScheduler, Systemd or Cron. Default: the first that is available, in this order.
    /// </summary>
    [Parameter]
    public DueScheduler Scheduler { get; set; }

    /// <summary>
    /// The connection whose address and ledger the job uses, or its name. Default: this session's connection; without one, the address and
    /// the ledger that a new connection would use.
    /// </summary>
    [Parameter]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        DueJobOptions options = Checked(Place());
        bool isThere = OnAnotherThread(() => Jobs.IsRegistered(options), Name);
        string shown = OnAnotherThread(() => Jobs.Show(options), Name);
        string what = isThere
            ? $"The job '{Name}' is already registered with {options.Scheduler} in this form; nothing is changed:\n{shown}"
            : $"Register the job '{Name}' with {options.Scheduler}:\n{shown}";
        if (!ShouldProcess(what, $"{what}\nRegister it?", "Register-PictifyDueJob"))
        {
            return;
        }

        if (!isThere)
        {
            OnAnotherThread(() => Jobs.Register(options), Name);
        }

        if (OnAnotherThread(() => Jobs.Advice(options.Scheduler)) is { } advice)
        {
            WriteWarning(advice);
        }

        WriteObject(
            OnAnotherThread(() => Jobs.WithState(Jobs.Find(Name)!)) with
            {
                Change = isThere ? DueJobChange.Unchanged : DueJobChange.Registered,
            }
        );
    }

    private DueJobOptions Checked(DueJobPlace place)
    {
        DateTimeOffset start = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        (DateTimeOffset? next, string? why) = DateParser.After(Every, start);
        if (why is not null)
        {
            ThrowTerminatingError(InputErrors.InvalidSchedule($"-Every: {why}"));
        }

        string? file = EnvironmentFile is null ? null : FilePath.Resolve(this, EnvironmentFile, "-EnvironmentFile");
        (string program, string[] arguments) = DueJobPlace.Shell(this);
        return OnAnotherThread(
            () =>
            {
                var options = new DueJobOptions
                {
                    Name = Name,
                    Every = next!.Value - start,
                    Program = program,
                    ProgramArguments = arguments,
                    Manifest = Path.Combine(MyInvocation.MyCommand.Module.ModuleBase, "PictifyPS.psd1"),
                    LedgerPath = place.LedgerPath,
                    BaseUri = place.BaseUri,
                    KeyFile = file,
                    SecretName = SecretName,
                    Vault = Vault,
                    User = $@"{Environment.UserDomainName}\{Environment.UserName}",
                }.Checked();
                if (file is not null)
                {
                    KeyFile.Check(file);
                }

                return options with
                {
                    Scheduler = Jobs.Choose(
                        MyInvocation.BoundParameters.ContainsKey(nameof(Scheduler)) ? Scheduler : null
                    ),
                };
            },
            Name
        );
    }

    private DueJobPlace Place()
    {
        try
        {
            DueJobPlace? place = DueJobPlace.Of(this, Connection ?? DefaultConnection.Peek(), out ErrorRecord? error);
            return place ?? throw this.Terminate(error!);
        }
        catch (PictifyException exception)
        {
            throw Terminate(exception);
        }
    }
}
