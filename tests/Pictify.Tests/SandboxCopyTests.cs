using System.Collections;
using System.Reflection;
using System.Text.Json;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>Experiments that a sandbox returns or is given: a caller's later change of them does not change the sandbox.</summary>
public sealed class SandboxCopyTests
{
    private readonly PictifySandbox _sandbox = new(
        new PictifySandboxOptions
        {
            OtherTeams = new Dictionary<string, Experiment[]>
            {
                ["other"] = SandboxSeed.OtherTeam(DateTimeOffset.UnixEpoch),
            },
        }
    );

    [Fact]
    public void Returned_experiments_are_copies()
    {
        string before = State();

        Spoil(_sandbox.Experiments);
        Spoil(_sandbox.ExperimentsOf("other"));
        Spoil(_sandbox.Simulate(new SandboxTraffic { Visitors = 0 }));

        Assert.Equal(before, State());
    }

    [Fact]
    public void Given_experiments_are_copied()
    {
        Experiment[] given = [.. _sandbox.Experiments];
        string before = State();

        _sandbox.Replace(given);
        Spoil(given);

        Assert.Equal(before, State());
    }

    [Fact]
    public void An_added_experiment_is_copied()
    {
        Experiment[] given = SandboxSeed.Many(1, DateTimeOffset.UnixEpoch);
        _sandbox.Add(given[0]);
        string before = State();

        Spoil(given);

        Assert.Equal(before, State());
    }

    private string State() =>
        JsonSerializer.Serialize(
            new ExperimentListBody { Experiments = [.. _sandbox.Experiments, .. _sandbox.ExperimentsOf("other")] },
            PictifyJson.Default.ExperimentListBody
        );

    /// <summary>Changes every property and clears every list and dictionary that a caller can reach.</summary>
    private static void Spoil(object? value)
    {
        switch (value)
        {
            case Array items:
                foreach (object? item in items)
                {
                    Spoil(item);
                }

                break;
            case IDictionary fields:
                Spoil(fields.Values.Cast<object?>().ToArray());
                fields.Clear();
                break;
            case IList items:
                Spoil(items.Cast<object?>().ToArray());
                items.Clear();
                break;
            case not null when value.GetType() is { IsClass: true, Namespace: nameof(Pictify) } type:
                foreach (PropertyInfo property in type.GetProperties().Where(static property => property.CanRead))
                {
                    Spoil(property.GetValue(value));
                    if (property.SetMethod is { IsPublic: true })
                    {
                        property.SetValue(value, property.PropertyType == typeof(string) ? "spoiled" : null);
                    }
                }

                break;
        }
    }
}
