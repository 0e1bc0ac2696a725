using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pictify.Tests;

/// <summary>The service's default values that comments and help name are those of the code.</summary>
public sealed class ExperimentDefaultsTests
{
    private static readonly XElement[] _members =
    [
        .. XDocument.Load(Path.ChangeExtension(typeof(Experiment).Assembly.Location, "xml")).Descendants("member"),
    ];

    public static TheoryData<string, double> Members =>
        new()
        {
            { "Experiment.MinimumSampleSize", ExperimentDefaults.MinimumSampleSize },
            { "Experiment.ConfidenceThreshold", ExperimentDefaults.ConfidenceThreshold },
            { "Experiment.MinimumRunDays", ExperimentDefaults.MinimumRunDays },
            { "BanditConfig.WarmupImpressions", ExperimentDefaults.WarmupImpressions },
            { "BanditConfig.RecomputeIntervalMinutes", ExperimentDefaults.RecomputeIntervalMinutes },
            { "OutputConfig.Quality", ExperimentDefaults.Quality },
        };

    [Theory]
    [MemberData(nameof(Members))]
    public void The_comment_of_a_property_names_its_default(string member, double value) =>
        Assert.Equal(value, DefaultIn(_members.Single(m => m.Attribute("name")!.Value == $"P:Pictify.{member}").Value));

    public static TheoryData<string, string, double> Parameters
    {
        get
        {
            var parameters = new TheoryData<string, string, double>();
            foreach (string command in new[] { "New-PictifyExperiment", "Set-PictifyExperiment" })
            {
                parameters.Add(command, "MinimumSampleSize", ExperimentDefaults.MinimumSampleSize);
                parameters.Add(command, "ConfidenceThreshold", ExperimentDefaults.ConfidenceThreshold);
                parameters.Add(command, "MinimumRunDays", ExperimentDefaults.MinimumRunDays);
            }

            return parameters;
        }
    }

    [Theory]
    [MemberData(nameof(Parameters))]
    public void The_help_of_a_parameter_names_its_default(string command, string parameter, double value)
    {
        string page = File.ReadAllText(Path.Combine(RepositoryRoot.Folder, "docs", "en-US", $"{command}.md"));
        Assert.Equal(value, DefaultIn(Regex.Match(page, $@"^### -{parameter}\s+(.*)", RegexOptions.Multiline).Value));
    }

    private static double DefaultIn(string text) =>
        double.Parse(
            Regex.Match(text, @"the service's default is (\d+(\.\d+)?)").Groups[1].Value,
            CultureInfo.InvariantCulture
        );
}
