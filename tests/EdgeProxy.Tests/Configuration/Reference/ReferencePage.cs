using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>The configuration reference as a Markdown page: one table for every section, by the options types and their doc comments.</summary>
internal sealed partial class ReferencePage
{
    private const string Introduction = $"""
        # Configuration reference

        <!-- Generated from the doc comments in src/EdgeProxy/Configuration: docs/testing.md says how. -->

        Every key of the section `{EdgeProxyOptions.Section}`. [Configuration](configuration.md) tells what the parts are for, and how files, environment and command
        line fit together. Keys, and words such as `Auto`, are read without regard to case. Unknown keys are errors. A duration is written
        `[d.]hh:mm:ss[.fff]`: `00:00:02` is two seconds, `1.00:00:00` is a day.

        "When" says when a changed value takes effect: "reload" means as soon as the file is written, for requests that come after it.
        """;

    private readonly StringBuilder _page = new();

    /// <summary>What a heading is called in a link.</summary>
    public static string Anchor(string heading) => NotInAnchors().Replace(heading.ToLowerInvariant(), "");

    /// <summary>The page's text.</summary>
    public override string ToString()
    {
        _page.Append(Introduction.ReplaceLineEndings("\n")).Append("\n\n");
        Section(EdgeProxyOptions.Section, typeof(EdgeProxyOptions), DocComments.Of(typeof(EdgeProxyOptions)));
        return _page.ToString().TrimEnd('\n') + "\n";
    }

    private void Section(string path, Type type, string? description)
    {
        var keys = OptionKey.Of(type).ToList();
        _page.Append(CultureInfo.InvariantCulture, $"## `{path}`\n\n{description}\n\n");
        if (keys.Any(key => !Goes(key)))
        {
            _page.Append("| key | type | default | allowed | when | meaning |\n|---|---|---|---|---|---|\n");
        }
        else
        {
            _page.Append("| section | meaning |\n|---|---|\n");
        }

        foreach (var key in keys)
        {
            _page.Append(keys.All(Goes) ? $"| {Link(path, key)} | {Meaning(key)} |\n" : Row(path, key));
        }

        _page.Append('\n');
        foreach (var key in keys.Where(key => key.Type.IsEnum))
        {
            Words(key);
        }

        foreach (var key in keys.Where(Goes))
        {
            var inner = key.Element ?? key.Type;
            Section(PathOf(path, key), inner, DocComments.Of(inner) + (key.IsEffective ? "" : " It has no effect in this version."));
        }
    }

    private static string Row(string path, OptionKey key) => Goes(key)
        ? $"| {Link(path, key)} | {(key.Element is null ? "section" : "list of sections")} | {key.DefaultAsTold} | | | {Meaning(key)} |\n"
        : $"| `{key.Name}` | {TypeOf(key)} | {Default(key)} | {Allowed(key)} | {When(key)} | {Meaning(key)} |\n";

    private void Words(OptionKey key)
    {
        _page.Append(CultureInfo.InvariantCulture, $"`{key.Name}` is one of:\n\n");
        foreach (var (word, meaning) in key.Choices)
        {
            // A word for null has no comment of its own.
            _page.Append(CultureInfo.InvariantCulture, $"- `{word}`: {meaning ?? Remark(key)}\n");
        }

        _page.Append('\n');
    }

    /// <summary>Whether the key has a section of the page to itself.</summary>
    private static bool Goes(OptionKey key) => key.IsSection || (key.Element is { } element && !ScalarValue.IsScalar(element));

    private static string PathOf(string path, OptionKey key) =>
        $"{path}:{key.Name}" + (key.IsDictionary ? ":{name}" : key.Element is null ? "" : ":{number}");

    private static string Link(string path, OptionKey key) => $"[`{key.Name}`](#{Anchor(PathOf(path, key))})";

    private static string TypeOf(OptionKey key) => Kind(key.Element ?? key.Type) is var kind && key.Element is null ? kind : $"list of {kind}s";

    private static string Kind(Type type) =>
        type == typeof(TimeSpan) ? "duration"
        : type == typeof(bool) ? "flag"
        : type == typeof(Uri) ? "URL"
        : type.IsEnum ? "word"
        : type == typeof(string) ? "text"
        : "number";

    private static string Default(OptionKey key)
    {
        if (key.IsRequired)
        {
            return "required";
        }

        var value = SchemaValues.Json(key.Default, key.WordForNull)?.ToJsonString().Trim('"').Replace(",", ", ", StringComparison.Ordinal) ?? "null";
        return $"`{value}`{(key.Type.IsEnum ? "" : key.DefaultRemark)}";
    }

    private static string Allowed(OptionKey key) =>
        key.BoundsAsTold ?? (key.Type == typeof(bool) ? "`true`, `false`" : key.Type.IsEnum ? string.Join(", ", key.Choices.Select(word => $"`{word.Word}`")) : "");

    private static string When(OptionKey key) => key.ReadAsTold switch
    {
        null => "reload",
        ['R', ..] or "" => "reload",
        [';' or ',', ..] and var remark => $"reload{remark}",
        var told => told,
    };

    private static string Meaning(OptionKey key) =>
        (key.Meaning + (key.IsEffective ? "" : " It has no effect in this version.")).Replace("|", "\\|", StringComparison.Ordinal);

    private static string Remark(OptionKey key) => key.DefaultRemark is [',', ' ', var first, .. var rest] ? $"{char.ToUpperInvariant(first)}{rest}." : "";

    [GeneratedRegex("[^a-z0-9-]")]
    private static partial Regex NotInAnchors();
}
