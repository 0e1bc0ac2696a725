using System.Xml;

namespace PictifyPS.Input;

/// <summary>XML as PowerShell shows it.</summary>
internal static class XmlParts
{
    /// <summary>Attributes and elements by their names; those with the same name as a list.</summary>
    public static IEnumerable<(string Name, object? Value)> Of(XmlNode node)
    {
        foreach (XmlAttribute attribute in node.Attributes?.Cast<XmlAttribute>() ?? [])
        {
            yield return (attribute.Name, attribute.Value);
        }

        foreach (
            IGrouping<string, XmlElement> same in node
                .ChildNodes.OfType<XmlElement>()
                .GroupBy(static element => element.Name, StringComparer.Ordinal)
        )
        {
            List<XmlElement> elements = [.. same];
            yield return (same.Key, elements is [var one] ? one : elements);
        }

        string text = string.Concat(
                node.ChildNodes.Cast<XmlNode>()
                    .Where(static part => part.NodeType is XmlNodeType.Text or XmlNodeType.CDATA)
                    .Select(static part => part.Value)
            )
            .Trim();
        if (text.Length > 0)
        {
            yield return ("#text", text);
        }
    }
}
