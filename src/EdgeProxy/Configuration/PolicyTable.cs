using System.Collections;
using System.Globalization;
using System.Reflection;

namespace EdgeProxy.Configuration;

/// <summary>One option of a stream policy, as an operator would write it.</summary>
/// <param name="Key">The key within the policy: <c>KeepAlive:Interval</c>.</param>
/// <param name="Value">The value in effect.</param>
/// <param name="Default">The default.</param>
internal sealed record PolicySetting(string Key, string Value, string Default)
{
    /// <summary>Whether the policy says something else than the default.</summary>
    public bool IsSet => Value != Default;
}

/// <summary>A policy's options as a flat table, in the order of their declaration.</summary>
internal static class PolicyTable
{
    private static readonly StreamPolicyOptions Defaults = new();

    /// <summary>All options of a policy, those that were left out with their defaults.</summary>
    public static IReadOnlyList<PolicySetting> Of(StreamPolicyOptions options)
    {
        var settings = new List<PolicySetting>();
        Add("", options, Defaults, settings);
        return settings;
    }

    private static void Add(string prefix, object options, object defaults, List<PolicySetting> settings)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var key = prefix + property.Name;
            var value = property.GetValue(options);
            var standard = property.GetValue(defaults);
            if (IsSection(property.PropertyType))
            {
                Add(key + ":", value!, standard!, settings);
            }
            else
            {
                settings.Add(new(key, Text(property, value), Text(property, standard)));
            }
        }
    }

    private static bool IsSection(Type type) => type.Namespace == typeof(StreamPolicyOptions).Namespace && type.IsClass;

    private static string Text(PropertyInfo? property, object? value) => value switch
    {
        null => property?.GetCustomAttribute<WordForNullAttribute>()?.Word ?? "null",
        bool flag => flag ? "true" : "false",
        string text => text,
        TimeSpan time => time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "c" : @"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture),
        FallbackOptions { Model: { } model } fallback => $"{fallback.Cluster} (model {model})",
        FallbackOptions fallback => fallback.Cluster,
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(static item => Text(null, item))) is { Length: > 0 } items ? items : "none",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
