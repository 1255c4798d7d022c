using System.Globalization;
using System.Reflection;

namespace EdgeProxy.Configuration;

/// <summary>How single values are written in the configuration, by type.</summary>
internal static class ScalarValue
{
    /// <summary>Whether a value of the type is written as one text.</summary>
    public static bool IsScalar(Type type) =>
        type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long)
        || type == typeof(TimeSpan) || type == typeof(Uri) || type == typeof(Version);

    /// <summary>Reads a text.</summary>
    /// <returns>The value, or null when the text is none of the type.</returns>
    public static object? Parse(string text, Type type)
    {
        var culture = CultureInfo.InvariantCulture;
        if (type == typeof(string))
        {
            return text;
        }

        if (type.IsEnum)
        {
            // By name only: Enum.Parse would also take any number.
            return Enum.GetNames(type).FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name
                ? Enum.Parse(type, name)
                : null;
        }

        if (type == typeof(TimeSpan))
        {
            // A bare number would be read as days, which nobody means.
            return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", culture, out var duration) ? duration : null;
        }

        if (type == typeof(bool))
        {
            return bool.TryParse(text, out var flag) ? flag : null;
        }

        if (type == typeof(int))
        {
            return int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var number) ? number : null;
        }

        if (type == typeof(long))
        {
            return long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var number) ? number : null;
        }

        if (type == typeof(Version))
        {
            return Version.TryParse(text.Contains('.', StringComparison.Ordinal) ? text : $"{text}.0", out var version) ? version : null;
        }

        return IsHttpUrl(text) ? new Uri(text) : null;
    }

    /// <summary>Whether the text is an absolute http or https URL.</summary>
    public static bool IsHttpUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0;

    /// <summary>What is allowed for a value of the type within the property's bounds, in words.</summary>
    public static string Describe(Type type, PropertyInfo? property)
    {
        var bounds = property?.GetCustomAttribute<BoundsAttribute>()?.Describe();
        var text = Kind(type, property) + (bounds is null ? "" : $" {bounds}");
        if (type == typeof(TimeSpan))
        {
            text += ", written [d.]hh:mm:ss[.fff]";
        }

        return property is not null && Nullable.GetUnderlyingType(property.PropertyType) is not null
            && property.GetCustomAttribute<WordForNullAttribute>() is null ? $"{text}, or null" : text;
    }

    private static string Kind(Type type, PropertyInfo? property)
    {
        if (type.IsEnum)
        {
            var names = Enum.GetNames(type);
            return property?.GetCustomAttribute<WordForNullAttribute>() is { Word: var word } ? string.Join(", ", [word, .. names]) : string.Join(", ", names);
        }

        return type == typeof(string) ? "a text"
            : type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? "a duration"
            : type == typeof(Uri) ? "an absolute http or https URL"
            : type == typeof(Version) ? "a version such as 1.1 or 2"
            : "a whole number";
    }
}
