using System.Net;
using System.Reflection;
using Pictify.Http;
using Pictify.Profiles;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>What a profile keeps of a connection, and the file that has the profiles.</summary>
public sealed class ProfileTests : IDisposable
{
    private const string Key = "pk_live_topsecret0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("pictify").FullName;
    private readonly ProfileStore _store;

    public ProfileTests() => _store = new ProfileStore(Path.Combine(_folder, "kept", "profiles.json"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_option_of_a_connection_is_kept_but_its_secrets_and_what_is_of_the_process()
    {
        var options = new PictifyConnectionOptions
        {
            Name = "prod",
            BaseUri = new Uri("https://example.test/prefix/"),
            ApiKey = FakeService.Secure(Key),
            Timeout = TimeSpan.FromSeconds(1.5),
            MaximumRetryCount = 7,
            RetryInterval = TimeSpan.FromSeconds(0.25),
            MaximumWait = TimeSpan.FromSeconds(60),
            Proxy = new Uri("http://proxy.test:3128"),
            ProxyCredential = new NetworkCredential("somebody", "proxysecret"),
            NoProxy = true,
            LedgerPath = Path.Combine(_folder, "ledger ä.jsonl"),
            RequireLedger = true,
            RequireReason = true,
        };
        var defaults = new PictifyConnectionOptions();
        PropertyInfo[] all = typeof(PictifyConnectionOptions).GetProperties();
        string[] kept =
        [
            .. all.Select(static property => property.Name)
                .Except([
                    nameof(PictifyConnectionOptions.ApiKey),
                    nameof(PictifyConnectionOptions.ProxyCredential),
                    nameof(PictifyConnectionOptions.Sandbox),
                    nameof(PictifyConnectionOptions.UserAgent),
                    nameof(PictifyConnectionOptions.TimeProvider),
                ]),
        ];
        using var connection = new PictifyConnection(options);

        _store.Save(PictifyProfile.Of(connection, "prod", secretName: "PictifyProd", vault: "Vault 1"));
        PictifyProfile read = Assert.Single(_store.Read());

        PictifyConnectionOptions back = read.Options();
        Assert.Equal(11, kept.Length);
        Assert.All(
            all.Where(property => kept.Contains(property.Name)),
            property =>
            {
                Assert.NotEqual(property.GetValue(defaults), property.GetValue(options));
                Assert.Equal(property.GetValue(options), property.GetValue(back));
            }
        );
        Assert.Equal(("PictifyProd", "Vault 1", null), (read.SecretName, read.Vault, read.KeyVariable));
        string text = File.ReadAllText(_store.Location);
        Assert.DoesNotContain("topsecret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("proxysecret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("somebody", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sandbox_is_kept_without_a_key()
    {
        using var connection = new PictifyConnection(
            new PictifyConnectionOptions { RequireReason = true, LedgerPath = "memory" }.For(new PictifySandbox())
        );

        _store.Save(PictifyProfile.Of(connection, "rehearsal"));
        PictifyProfile read = Assert.Single(_store.Read());

        Assert.True(read.Sandbox);
        Assert.Null(read.Key);
        using var again = new PictifyConnection(read.Options().For(new PictifySandbox()));
        Assert.Equal(("rehearsal", "memory", true), (again.Name, again.LedgerPath, again.RequireReason));
    }

    [Theory]
    [InlineData(Key, null, null)]
    [InlineData("Secret", Key, null)]
    [InlineData(null, null, Key)]
    [InlineData(null, null, "pk_test_ofanotheraccount")]
    [InlineData("PK_LIVE_x", null, null)]
    public void A_key_where_a_name_belongs_is_neither_kept_nor_repeated(string? secret, string? vault, string? variable)
    {
        using var connection = Connection();

        ProfileException refused = Assert.Throws<ProfileException>(() =>
            PictifyProfile.Of(connection, "prod", secret, vault, variable)
        );

        Assert.Equal(ProfileFailure.Invalid, refused.Failure);
        Assert.DoesNotContain("pk_", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_key_of_no_known_form_is_found_in_what_is_to_be_kept()
    {
        using var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                ApiKey = FakeService.Secure("sk0123456789abcdef"),
                LedgerPath = "/home/sk0123456789abcdef",
            }
        );

        ProfileException refused = Assert.Throws<ProfileException>(() =>
            PictifyProfile.Of(connection, "prod", keyVariable: "KEY")
        );

        Assert.DoesNotContain("sk0123456789abcdef", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("../prod")]
    [InlineData(@"C:\prod")]
    [InlineData("prod*")]
    [InlineData("[prod]")]
    [InlineData("pro\u001b[31md")]
    [InlineData("prod\n")]
    [InlineData("prodä")]
    [InlineData("pr\u202Eod")]
    public void A_name_of_other_characters_is_refused(string name)
    {
        using var connection = Connection();

        Assert.Throws<ProfileException>(() => PictifyProfile.Of(connection, name, keyVariable: "KEY"));
        PictifyException refused = Assert.Throws<PictifyException>(() =>
            new PictifyConnection(new PictifyConnectionOptions { Name = name, ApiKey = FakeService.Secure(Key) })
        );
        Assert.DoesNotContain(refused.Message, static c => char.IsControl(c) || c == '\u202E');
    }

    [Fact]
    public void A_name_has_64_characters_at_most()
    {
        using var connection = Connection();

        _ = PictifyProfile.Of(connection, new string('a', 64), keyVariable: "KEY");
        Assert.Throws<ProfileException>(() => PictifyProfile.Of(connection, new string('a', 65), keyVariable: "KEY"));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("Secret", null, "KEY")]
    [InlineData(null, "Vault", "KEY")]
    [InlineData(null, null, "NOT A NAME")]
    [InlineData(null, null, "A=B")]
    [InlineData(" ", null, null)]
    [InlineData("Sec\u001bret", null, null)]
    [InlineData("Sec\u202Eret", null, null)]
    [InlineData("Secret", "Va\nult", null)]
    public void A_key_is_in_one_place_that_has_a_name(string? secret, string? vault, string? variable)
    {
        using var connection = Connection();

        Assert.Throws<ProfileException>(() => PictifyProfile.Of(connection, "prod", secret, vault, variable));
    }

    [Fact]
    public void A_profile_replaces_the_one_with_its_name_whatever_the_case_and_no_other()
    {
        Save("prod", "KEY1");
        Save("test", "KEY2");
        Save("PROD", "KEY3");

        Assert.Equal(["PROD", "test"], _store.Read().Select(static profile => profile.Name));
        Assert.Equal("KEY3", _store.Find("prod")!.KeyVariable);

        _store.Remove("Prod");

        Assert.Equal(["test"], _store.Read().Select(static profile => profile.Name));
        Assert.Equal(["profiles.json", "profiles.json.lock"], Files());
    }

    [Fact]
    public void Profiles_that_are_saved_at_the_same_time_are_all_kept()
    {
        string[] names = [.. Enumerable.Range(0, 40).Select(static number => $"p{number:00}")];

        Parallel.ForEach(
            names,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            name =>
            {
                using var connection = Connection();
                new ProfileStore(_store.Location).Save(PictifyProfile.Of(connection, name, keyVariable: "KEY"));
            }
        );

        Assert.Equal(names, _store.Read().Select(static profile => profile.Name));
        Assert.Equal(["profiles.json", "profiles.json.lock"], Files());
    }

    [Fact]
    public void The_file_is_its_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            // There the folder decides.
            return;
        }

        Save("prod", "KEY");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_store.Location));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(_store.Location)!)
        );

        // What was opened to others by hand is closed by the next save.
        File.SetUnixFileMode(_store.Location, (UnixFileMode)0b110_100_100);
        Save("test", "KEY");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_store.Location));
    }

    [Fact]
    public void A_file_that_others_may_write_is_not_trusted()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Save("prod", "KEY");
        foreach (int mode in new[] { 0b110_110_000, 0b110_000_010 })
        {
            File.SetUnixFileMode(_store.Location, (UnixFileMode)mode);

            Assert.Equal(ProfileFailure.Unreadable, Assert.Throws<ProfileException>(_store.Read).Failure);
            Assert.Throws<ProfileException>(() => Save("test", "KEY"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":2,"profiles":[]}""")]
    [InlineData("""{"profiles":[]}""")]
    [InlineData("""{"version":1,"profiles":[null]}""")]
    [InlineData("""{"version":1,"profiles":[{}]}""")]
    [InlineData("""{"version":1,"profiles":[],"apiKey":"pk_live_topsecret"}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true,"apiKey":"pk_live_topsecret"}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true,"key":"pk_live_topsecret"}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":"pk_live_topsecret"}]}""")]
    [InlineData(
        """{"version":1,"profiles":[{"name":"a","sandbox":true,"requireReason":true,"requireReason":false}]}"""
    )]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true,"Key":"pk_live_topsecret"}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":pk_live_topsecret}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true},{"name":"A","sandbox":true}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a b","sandbox":true}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":null,"sandbox":true}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true,"ledgerPath":null}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true,"timeoutSec":0}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true,"maximumRetryCount":21}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","sandbox":true,"baseUri":"https://example.test"}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","keyVariable":"KEY"}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","baseUri":"https://example.test"}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","baseUri":"http://example.test","keyVariable":"KEY"}]}""")]
    [InlineData("""{"version":1,"profiles":[{"name":"a","baseUri":"//x","keyVariable":"KEY"}]}""")]
    [InlineData(
        """{"version":1,"profiles":[{"name":"a","baseUri":"https://u:topsecret@example.test","keyVariable":"KEY"}]}"""
    )]
    public void A_file_that_is_not_as_it_is_written_is_an_error_and_stays_as_it_is(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_store.Location)!);
        File.WriteAllText(_store.Location, text);

        ProfileException refused = Assert.Throws<ProfileException>(_store.Read);
        Assert.Equal(ProfileFailure.Unreadable, refused.Failure);
        Assert.Contains(_store.Location, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", refused.ToString(), StringComparison.Ordinal);
        Assert.Throws<ProfileException>(() => Save("prod", "KEY"));
        Assert.Throws<ProfileException>(() => _store.Remove("a"));
        Assert.Equal(text, File.ReadAllText(_store.Location));
    }

    [Fact]
    public void A_file_may_leave_out_what_has_a_default_and_have_a_mark_of_its_encoding()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_store.Location)!);
        File.WriteAllText(
            _store.Location,
            """{"version":1,"profiles":[{"name":"a","baseUri":"https://example.test","keyVariable":"KEY"}]}""",
            System.Text.Encoding.Unicode
        );

        PictifyConnectionOptions options = Assert.Single(_store.Read()).Options();

        var defaults = new PictifyConnectionOptions();
        Assert.Equal(
            (defaults.Timeout, defaults.MaximumRetryCount, defaults.RetryInterval, defaults.MaximumWait, "off"),
            (options.Timeout, options.MaximumRetryCount, options.RetryInterval, options.MaximumWait, options.LedgerPath)
        );
    }

    [Fact]
    public void A_folder_in_the_files_place_is_an_error()
    {
        Directory.CreateDirectory(_store.Location);

        Assert.Equal(ProfileFailure.Unreadable, Assert.Throws<ProfileException>(_store.Read).Failure);
        Assert.Throws<ProfileException>(() => Save("prod", "KEY"));
    }

    [Fact]
    public void What_cannot_be_written_leaves_what_was_there()
    {
        Save("prod", "KEY");
        string before = File.ReadAllText(_store.Location);
        File.Delete(_store.Location + ".lock");
        Directory.CreateDirectory(_store.Location + ".lock");

        Assert.Equal(ProfileFailure.Unwritable, Assert.Throws<ProfileException>(() => Save("test", "KEY")).Failure);
        Assert.Equal(before, File.ReadAllText(_store.Location));
    }

    private string[] Files() =>
        [
            .. Directory
                .GetFileSystemEntries(Path.GetDirectoryName(_store.Location)!)
                .Select(static path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal),
        ];

    private void Save(string name, string variable)
    {
        using var connection = Connection();
        _store.Save(PictifyProfile.Of(connection, name, keyVariable: variable));
    }

    private static PictifyConnection Connection() =>
        new(new PictifyConnectionOptions { ApiKey = FakeService.Secure(Key) });
}
