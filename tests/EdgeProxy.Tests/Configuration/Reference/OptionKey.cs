using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>
/// One key of an options type: what its code says of it (type, default, bounds) and what its doc comment says. The comment
/// has fixed sentences: the meaning, then <c>Default: …</c> or <c>Required.</c>, <c>Bounds: …</c>, and <c>Read …</c> or <c>Reloads …</c>.
/// </summary>
internal sealed partial record OptionKey(PropertyInfo Property, object? Default)
{
    private static readonly string[] Beginnings = ["Default: ", "Bounds: ", "Read ", "Reloads", "Required."];

    private readonly string[] _sentences = Sentences().Split(DocComments.Of(Property) ?? "");

    public string Name => Property.Name;

    /// <summary>The type, null left aside.</summary>
    public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>What the key does.</summary>
    public string Meaning => string.Join(" ", _sentences.Where(IsMeaning));

    /// <summary>The sentence on the default without its first word; null where the comment has none.</summary>
    public string? DefaultAsTold => Told("Default: ");

    /// <summary>The sentence on the bounds without its first word.</summary>
    public string? BoundsAsTold => Told("Bounds: ");

    /// <summary>What the comment says of the default beyond its value, such as what null means; null where it tells another value.</summary>
    public string? DefaultRemark =>
        DefaultAsTold is { } told && told.StartsWith(Words(Default), StringComparison.Ordinal) && told[Words(Default).Length..] is "" or [',' or ';' or ' ', ..]
            ? told[Words(Default).Length..]
            : null;

    /// <summary>The bounds as the comment must tell them, remarks in brackets left aside; null where there are none.</summary>
    public string? BoundsInWords => Property.GetCustomAttribute<BoundsAttribute>() switch
    {
        DurationRangeAttribute range => $"{InWords(range.Min)} to {InWords(range.Max)}",
        CountRangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Min} to {range.Max}{(Element is null ? "" : " each")}"),
        _ => null,
    };

    /// <summary>When the key is read, as the comment has it; null where it says nothing, which means on every reload.</summary>
    public string? ReadAsTold => Told("Read ") ?? Told("Reloads");

    public bool IsEffective => !Property.IsDefined(typeof(NotYetEffectiveAttribute));

    /// <summary>Whether the key holds keys of its own.</summary>
    public bool IsSection => Element is null && !ScalarValue.IsScalar(Type);

    /// <summary>The type of a list's entries, or of the values under names of one's own.</summary>
    public Type? Element => Type is { IsGenericType: true } ? Type.GetGenericArguments()[^1] : null;

    public bool IsDictionary => Type is { IsGenericType: true } && Type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>);

    public bool IsRequired => Property.IsDefined(typeof(RequiredAttribute));

    /// <summary>The word for null, where there is one.</summary>
    public string? WordForNull => Property.GetCustomAttribute<WordForNullAttribute>()?.Word;

    /// <summary>The words that an enum may have in the configuration, with the meaning of each.</summary>
    public IEnumerable<(string Word, string? Meaning)> Choices =>
        (WordForNull is { } word ? new[] { (word, (string?)null) } : []).Concat(Enum.GetNames(Type).Select(name => (name, DocComments.Of(Type, name))));

    /// <summary>The keys that the reader knows for a type, in the order of the source.</summary>
    public static IEnumerable<OptionKey> Of(Type type)
    {
        var known = SectionReader.KeysOf(type);
        var defaults = Activator.CreateInstance(type);
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => known.Contains(property.Name))
            .OrderBy(property => property.MetadataToken)
            .Select(property => new OptionKey(property, property.GetValue(defaults)));
    }

    /// <summary>A duration as the configuration has it, without idle zeros: <c>00:00:00.500</c>.</summary>
    public static string Text(TimeSpan duration)
    {
        var text = duration.ToString("c", CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) && text.EndsWith("0000", StringComparison.Ordinal) ? text[..^4] : text;
    }

    /// <summary>A duration as a comment tells it: <c>100 ms</c>, <c>5 minutes</c>.</summary>
    private static string InWords(TimeSpan duration)
    {
        var (number, unit) = duration switch
        {
            { Ticks: 0 } => (0, ""),
            { TotalMilliseconds: < 1000 } => (duration.TotalMilliseconds, " ms"),
            { TotalSeconds: < 60 } => (duration.TotalSeconds, " s"),
            { TotalMinutes: < 60 } => (duration.TotalMinutes, " minute"),
            { TotalHours: < 24 } => (duration.TotalHours, " hour"),
            _ => (duration.TotalDays, " day"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{number}{unit}{(number != 1 && unit.Length > 3 ? "s" : "")}");
    }

    private string Words(object? value) => value switch
    {
        null => WordForNull is { } word ? $"`{word}`" : "null",
        TimeSpan duration => InWords(duration),
        bool flag => flag ? "true" : "false",
        int or long => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        Enum word => $"`{word}`",
        Uri url => $"`{url.OriginalString}`",
        string text => $"`{text}`",
        System.Collections.IEnumerable items => items.Cast<object>().ToArray() is { Length: > 0 } some ? string.Join(", ", some.Select(Words)) : "none",
        _ => throw new InvalidOperationException($"No words are known for the default of {Name}."),
    };

    private string? Told(string beginning) =>
        _sentences.FirstOrDefault(sentence => sentence.StartsWith(beginning, StringComparison.Ordinal)) is { } told ? told[beginning.Length..].TrimEnd('.') : null;

    private static bool IsMeaning(string sentence) =>
        !Beginnings.Any(beginning => sentence.StartsWith(beginning, StringComparison.Ordinal));

    [GeneratedRegex(@"(?<=\.)\s+(?=[A-Z`])")]
    private static partial Regex Sentences();
}
