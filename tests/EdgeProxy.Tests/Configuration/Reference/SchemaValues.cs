using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>The schema of single values, as the reader takes them from a file.</summary>
internal static class SchemaValues
{
    /// <summary>An absolute http or https URL.</summary>
    public static JsonObject Url => new()
    {
        ["type"] = "string",
        ["pattern"] = "^[Hh][Tt][Tt][Pp][Ss]?://[^/]",
        ["patternErrorMessage"] = "An absolute http or https URL is expected.",
    };

    /// <summary>The schema of a scalar type.</summary>
    public static JsonObject Of(Type type, BoundsAttribute? bounds) => type switch
    {
        _ when type == typeof(bool) => new() { ["type"] = "boolean" },
        _ when type == typeof(int) || type == typeof(long) => Number(bounds as CountRangeAttribute),
        _ when type == typeof(TimeSpan) => Duration(),
        _ when type == typeof(Uri) => Url,
        _ when type == typeof(Version) => new() { ["type"] = new JsonArray("string", "number"), ["pattern"] = @"^\d+(\.\d+)?$" },
        _ => new() { ["type"] = "string" },
    };

    /// <summary>
    /// One of these words, in any case: an editor completes the words as they are written here, and the pattern lets all
    /// other spellings pass that the reader takes.
    /// </summary>
    public static JsonObject Choice(IEnumerable<(string Word, string? Meaning)> words, IEnumerable<string>? alsoTaken = null)
    {
        var listed = words.ToList();
        var alternatives = new JsonArray();
        foreach (var (word, meaning) in listed)
        {
            var alternative = new JsonObject { ["const"] = word };
            if (meaning is not null)
            {
                alternative["description"] = Plain(meaning);
            }

            alternatives.Add(alternative);
        }

        var patterns = listed.Select(word => word.Word).Concat(alsoTaken ?? []).Select(AnyCase);
        alternatives.Add(new JsonObject { ["pattern"] = $"^({string.Join('|', patterns)})$" });
        return new() { ["type"] = "string", ["anyOf"] = alternatives };
    }

    /// <summary>Puts a description in front of what there is.</summary>
    public static JsonObject Described(JsonObject schema, string? description)
    {
        if (description is not null)
        {
            schema.Insert(0, "description", Plain(description));
        }

        return schema;
    }

    /// <summary>Lets null pass too.</summary>
    public static JsonObject OrNull(JsonObject schema)
    {
        schema["type"] = schema["type"] switch
        {
            JsonArray types => new JsonArray([.. types.Select(type => type!.DeepClone()), "null"]),
            { } type => new JsonArray(type.DeepClone(), "null"),
            null => null,
        };
        return schema;
    }

    /// <summary>A value as it stands in a file.</summary>
    public static JsonNode? Json(object? value, string? wordForNull = null) => value switch
    {
        null => wordForNull,
        bool flag => flag,
        int number => number,
        long number => number,
        TimeSpan duration => OptionKey.Text(duration),
        Enum word => word.ToString(),
        Uri url => url.OriginalString,
        string text => text,
        System.Collections.IEnumerable items => new JsonArray([.. items.Cast<object>().Select(item => Json(item))]),
        _ => throw new ArgumentException($"No JSON is known for a {value.GetType()}.", nameof(value)),
    };

    /// <summary>Text for a description: editors show it without formatting.</summary>
    private static string Plain(string markdown) => markdown.Replace("`", "", StringComparison.Ordinal);

    /// <summary>Draft 7 knows no option for it.</summary>
    public static string AnyCase(string word) =>
        string.Concat(word.Select(letter => char.IsAsciiLetter(letter)
            ? string.Create(CultureInfo.InvariantCulture, $"[{char.ToUpperInvariant(letter)}{char.ToLowerInvariant(letter)}]")
            : letter.ToString()));

    private static JsonObject Number(CountRangeAttribute? bounds)
    {
        var schema = new JsonObject { ["type"] = "integer" };
        if (bounds is not null)
        {
            schema["minimum"] = bounds.Min;
            schema["maximum"] = bounds.Max;
        }

        return schema;
    }

    /// <summary>The documented way to write one. The reader takes a little more (a lone <c>hh:mm</c>), which is better not written.</summary>
    private static JsonObject Duration() => new()
    {
        ["type"] = "string",
        ["pattern"] = @"^(\d+\.)?([01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(\.\d{1,7})?$",
        ["patternErrorMessage"] = "A duration is written [d.]hh:mm:ss[.fff].",
    };
}
