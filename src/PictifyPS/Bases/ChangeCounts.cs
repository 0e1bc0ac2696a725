namespace PictifyPS.Bases;

/// <summary>Counts the results of a command's changes, for its summary.</summary>
internal sealed class ChangeCounts
{
    private int _changed;
    private int _unchanged;

    public void Add(bool isChanged)
    {
        if (isChanged)
        {
            _changed++;
        }
        else
        {
            _unchanged++;
        }
    }

    /// <summary>Reads as <c>Suspended 2 of 5: 1 already paused, 2 failed.</c></summary>
    /// <param name="done">How the summary begins, such as <c>Suspended</c>.</param>
    /// <param name="total">How many inputs there were.</param>
    /// <param name="unchangedText">The words for those that needed no change, such as <c>already paused</c>.</param>
    /// <param name="failed">How many failed.</param>
    /// <param name="failedText">The word for those, such as <c>failed</c>.</param>
    public string Text(string done, int total, string unchangedText, int failed, string failedText)
    {
        var rest = new List<string>();
        if (_unchanged > 0)
        {
            rest.Add($"{_unchanged} {unchangedText}");
        }

        if (failed > 0)
        {
            rest.Add($"{failed} {failedText}");
        }

        return $"{done} {_changed} of {total}{(rest.Count > 0 ? ": " + string.Join(", ", rest) : "")}.";
    }
}
