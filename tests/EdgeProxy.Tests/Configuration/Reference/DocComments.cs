using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using EdgeProxy.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>The doc comments of the product and of YARP, from the XML files that the compiler wrote beside their assemblies.</summary>
internal static partial class DocComments
{
    private static readonly Dictionary<string, XElement> Members = Load(typeof(EdgeProxyOptions).Assembly)
        .Concat(Load(typeof(RouteConfig).Assembly))
        .ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);

    /// <summary>A type's summary as one line of Markdown; null where there is none.</summary>
    public static string? Of(Type type) => Summary($"T:{Name(type)}");

    /// <summary>A property's summary.</summary>
    public static string? Of(PropertyInfo property) => Summary($"P:{Name(property.DeclaringType!)}.{property.Name}");

    /// <summary>The summary of an enum's value.</summary>
    public static string? Of(Type type, string value) => Summary($"F:{Name(type)}.{value}");

    private static IEnumerable<XElement> Load(Assembly assembly) =>
        XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"), LoadOptions.PreserveWhitespace).Descendants("member");

    private static string Name(Type type) => type.FullName!.Replace('+', '.');

    private static string? Summary(string member)
    {
        if (!Members.TryGetValue(member, out var element) || element.Element("summary") is not { } summary)
        {
            return null;
        }

        var text = Spaces().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim();
        return text.Length == 0 ? null : text;
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" or "seealso" } see when see.Attribute("cref") is { } reference => $"`{LastName(reference.Value)}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("langword") is { } word => $"`{word.Value}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("href") is { } address && see.Value.Length == 0 => address.Value,
        XElement { Name.LocalName: "para" } paragraph => $" {string.Concat(paragraph.Nodes().Select(Text))} ",
        XElement other => string.Concat(other.Nodes().Select(Text)),
        _ => "",
    };

    private static string LastName(string reference)
    {
        var name = reference.Split('(')[0];
        return name[(name.LastIndexOfAny(['.', ':']) + 1)..];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
