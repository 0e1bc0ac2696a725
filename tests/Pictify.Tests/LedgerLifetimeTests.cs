using Pictify.Ledger;
using Pictify.Schedules;

namespace Pictify.Tests;

/// <summary>Whether a ledger lasts until a pause is to end, by what tells so, and not by this machine.</summary>
public sealed class LedgerLifetimeTests
{
    private static readonly HostEnvironment _plain = new(static _ => null, ["/tmp"], IsContainer: false);
    private static readonly LedgerLocation _missing = LedgerLocation.File("/home/somebody/none/ledger.jsonl");

    [Fact]
    public void A_file_in_a_home_on_a_plain_machine_lasts() =>
        Assert.Null(LedgerLifetime.GetLossReason(_missing, _plain));

    [Theory]
    [InlineData("CI", "true")]
    [InlineData("TF_BUILD", "True")]
    [InlineData("JENKINS_URL", "https://jenkins.example/")]
    public void A_job_of_a_build_service_is_named(string variable, string value) =>
        Assert.Contains(
            $"variable {variable} is set",
            LedgerLifetime.GetLossReason(_missing, _plain with { Variable = name => name == variable ? value : null }),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("false")]
    [InlineData(" ")]
    public void A_variable_that_says_no_is_no_job(string value) =>
        Assert.Null(LedgerLifetime.GetLossReason(_missing, _plain with { Variable = _ => value }));

    [Theory]
    [InlineData("/tmp/ledger.jsonl", true)]
    [InlineData("/tmp/a/b/ledger.jsonl", true)]
    [InlineData("/tmpfiles/ledger.jsonl", false)]
    [InlineData("/srv/tmp/ledger.jsonl", false)]
    public void A_temporary_folder_is_one_above_the_file(string path, bool isTemporary) =>
        Assert.Equal(isTemporary, LedgerLifetime.GetLossReason(LedgerLocation.File(path), _plain) is not null);

    [Fact]
    public void A_ledger_in_a_container_is_doubted_while_it_has_no_entries()
    {
        HostEnvironment container = _plain with { TemporaryFolders = [], IsContainer = true };
        string file = Path.GetTempFileName();
        try
        {
            Assert.NotNull(LedgerLifetime.GetLossReason(LedgerLocation.File(file), container));
            File.WriteAllText(file, "{}\n");
            Assert.Null(LedgerLifetime.GetLossReason(LedgerLocation.File(file), container));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.NotNull(LedgerLifetime.GetLossReason(_missing, container));
    }

    [Fact]
    public void What_is_no_file_is_not_asked() =>
        Assert.Null(LedgerLifetime.GetLossReason(LedgerLocation.Memory, _plain));
}
