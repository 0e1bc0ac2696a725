using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Profiles;
using Pictify.Sandbox;
using PictifyPS.Errors;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>
/// The options that result from the parameters of Connect-Pictify: each one that is given replaces that of the profile, or else that of the
/// environment or the default.
/// </summary>
internal sealed class ConnectOptions(ConnectPictifyCommand command, PictifyProfile? profile)
{
    private readonly bool _isSandbox =
        profile?.Sandbox ?? command.ParameterSetName == ConnectPictifyCommand.WithSandbox;

    /// <summary>Null, with the error, if no connection can be made of them.</summary>
    /// <exception cref="PictifyException">The environment variable has no valid address.</exception>
    public PictifyConnectionOptions? Read(out ErrorRecord? error)
    {
        PictifyConnectionOptions options = Common(profile?.Options() ?? new PictifyConnectionOptions());
        if (options.RequireLedger && options.LedgerPath == LedgerSetting.Off)
        {
            error = OperationErrors.LedgerNeeded("-RequireLedger");
            return null;
        }

        error = null;
        if (_isSandbox)
        {
            return options.For(command.State ?? new PictifySandbox());
        }

        options = options with { ProxyCredential = command.ProxyCredential?.GetNetworkCredential() };
        return profile is not null
            ? options with
            {
                ApiKey = ProfileKey.Read(command, profile),
            }
            : WithKey(options, out error);
    }

    private PictifyConnectionOptions Common(PictifyConnectionOptions saved) =>
        saved with
        {
            Name = command.Name ?? saved.Name,
            Timeout = IsGiven(nameof(command.TimeoutSec)) ? TimeSpan.FromSeconds(command.TimeoutSec) : saved.Timeout,
            MaximumRetryCount = IsGiven(nameof(command.MaximumRetryCount))
                ? command.MaximumRetryCount
                : saved.MaximumRetryCount,
            RetryInterval = IsGiven(nameof(command.RetryIntervalSec))
                ? TimeSpan.FromSeconds(command.RetryIntervalSec)
                : saved.RetryInterval,
            MaximumWait = IsGiven(nameof(command.MaximumWaitSec))
                ? TimeSpan.FromSeconds(command.MaximumWaitSec)
                : saved.MaximumWait,
            UserAgent = DefaultConnection.UserAgent(command),
            LedgerPath = Ledger(),
            RequireLedger = IsGiven(nameof(command.RequireLedger)) ? command.RequireLedger : saved.RequireLedger,
            RequireReason = IsGiven(nameof(command.RequireReason)) ? command.RequireReason : saved.RequireReason,
        };

    private PictifyConnectionOptions? WithKey(PictifyConnectionOptions options, out ErrorRecord? error)
    {
        if ((command.ApiKey ?? command.Credential?.Password ?? DefaultConnection.KeyFromEnvironment()) is not { } key)
        {
            error = ConnectionErrors.NotConnected(command.Name is null ? "" : NamedConnections.Saved(command.Name));
            return null;
        }

        error = null;
        return options with
        {
            ApiKey = key,
            BaseUri = command.BaseUri ?? DefaultConnection.BaseUriFromEnvironment() ?? PictifyConnection.DefaultBaseUri,
            Proxy = command.Proxy,
            NoProxy = command.NoProxy,
        };
    }

    private string Ledger() =>
        command.LedgerPath is null && profile?.LedgerPath is { } saved
            ? saved == LedgerSetting.Memory
                ? saved
                : Ledgers.Setting(command, saved, _isSandbox)
            : Ledgers.Setting(command, command.LedgerPath, _isSandbox);

    private bool IsGiven(string parameter) => command.MyInvocation.BoundParameters.ContainsKey(parameter);
}
