using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// Reads configuration sections into options types, and into YARP's, by their public properties. It differs from the
/// framework's binder in that it finds every problem and not the first, knows the keys that exist, holds to the bounds, and
/// lets a list that is set replace a default instead of growing it.
/// </summary>
internal sealed class SectionReader(ProblemList problems)
{
    private static readonly ConcurrentDictionary<Type, Dictionary<string, PropertyInfo>> KnownKeys = new();

    /// <summary>Reads a section. What is wrong in it goes to the list of problems and keeps its default.</summary>
    public T Read<T>(IConfigurationSection section)
        where T : class, new() => (T)ReadObject(section, typeof(T), effective: true);

    /// <summary>The keys that a section of the type may have.</summary>
    public static IReadOnlyCollection<string> KeysOf(Type type) => Keys(type).Keys;

    /// <summary>Says that a key is not known, and which one was perhaps meant.</summary>
    public void UnknownKey(IConfigurationSection section, IReadOnlyCollection<string> known, IEnumerable<string> nested) =>
        problems.Error(section.Path, $"is no key that is known here{Suggestion.For(section.Key, known.Concat(nested))}", Suggestion.List(known));

    private object ReadObject(IConfigurationSection section, Type type, bool effective)
    {
        var target = Activator.CreateInstance(type)!;
        var keys = Keys(type);
        if (section.Value is not null)
        {
            problems.Error(section.Path, $"is the value '{section.Value}', not a section", $"a section with {Suggestion.List(keys.Keys)}");
            return target;
        }

        foreach (var child in section.GetChildren())
        {
            if (!keys.TryGetValue(child.Key, out var property))
            {
                UnknownKey(child, keys.Keys, NestedKeys(keys.Values));
            }
            else if (TryRead(child, property.PropertyType, property, effective && !property.IsDefined(typeof(NotYetEffectiveAttribute)), out var value))
            {
                property.SetValue(target, value);
            }
        }

        foreach (var (key, property) in keys)
        {
            if (property.IsDefined(typeof(RequiredAttribute)) && string.IsNullOrWhiteSpace(section[key]))
            {
                problems.Error($"{section.Path}:{key}", "is missing", ScalarValue.Describe(property.PropertyType, property));
            }
        }

        return target;
    }

    private bool TryRead(IConfigurationSection section, Type type, PropertyInfo? property, bool effective, out object? value)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum && plain.IsDefined(typeof(FlagsAttribute)))
        {
            return TryReadFlags(section, plain, out value);
        }

        if (ElementOf(plain, typeof(IReadOnlyDictionary<,>), 1) is { } valueType)
        {
            value = ReadDictionary(section, valueType, effective);
            return true;
        }

        if (!ScalarValue.IsScalar(plain) && ElementOf(plain, typeof(IReadOnlyList<>), 0) is { } itemType)
        {
            WarnIfNotEffective(section, effective);
            return TryReadList(section, itemType, property, out value);
        }

        if (!ScalarValue.IsScalar(plain))
        {
            value = ReadObject(section, plain, effective);
            return true;
        }

        WarnIfNotEffective(section, effective);
        return TryReadScalar(section, type, property, out value);
    }

    private bool TryReadScalar(IConfigurationSection section, Type type, PropertyInfo? property, out object? value)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        value = null;
        if (section.GetChildren().Any())
        {
            problems.Error(section.Path, "is a section, not a value", ScalarValue.Describe(plain, property));
            return false;
        }

        if (section.Value is not { } text || text.Equals(property?.GetCustomAttribute<WordForNullAttribute>()?.Word, StringComparison.OrdinalIgnoreCase))
        {
            if (plain != type || (!type.IsValueType && MayBeNull(property, type)))
            {
                return true;
            }

            problems.Error(section.Path, "is null", ScalarValue.Describe(plain, property));
            return false;
        }

        value = ScalarValue.Parse(text, plain);
        if (value is null)
        {
            var meant = plain.IsEnum ? Suggestion.For(text, Enum.GetNames(plain)) : "";
            problems.Error(section.Path, $"is '{text}'{meant}", ScalarValue.Describe(plain, property));
            return false;
        }

        if (property?.GetCustomAttribute<BoundsAttribute>() is { } bounds && !bounds.Contains(value))
        {
            problems.Error(section.Path, $"is {text}, which is out of bounds", ScalarValue.Describe(plain, property));
            return false;
        }

        return true;
    }

    private IDictionary ReadDictionary(IConfigurationSection section, Type valueType, bool effective)
    {
        var entries = (IDictionary)Activator.CreateInstance(
            typeof(Dictionary<,>).MakeGenericType(typeof(string), valueType), StringComparer.OrdinalIgnoreCase)!;
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Error(section.Path, $"is the value '{section.Value}', not a section", "a section with names of your own as keys");
        }

        foreach (var child in section.GetChildren())
        {
            if (TryRead(child, valueType, null, effective, out var value))
            {
                entries[child.Key] = value;
            }
        }

        return entries;
    }

    /// <summary>A list's entries are the children <c>0</c>, <c>1</c>, …; an empty JSON array is the empty text.</summary>
    private bool TryReadList(IConfigurationSection section, Type itemType, PropertyInfo? property, out object? value)
    {
        var items = new List<object?>();
        var good = true;
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Error(section.Path, $"is the value '{section.Value}', not a list", "a list");
            good = false;
        }

        foreach (var child in section.GetChildren())
        {
            if (!child.Key.All(char.IsAsciiDigit))
            {
                problems.Error(child.Path, "is a key where a list is expected", "a list, its entries numbered from 0");
                good = false;
            }
            else if (TryRead(child, itemType, property, effective: true, out var item))
            {
                items.Add(item);
            }
            else
            {
                good = false;
            }
        }

        var array = Array.CreateInstance(itemType, items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            array.SetValue(items[i], i);
        }

        value = array;
        return good;
    }

    /// <summary>A set of flags is written as a list of names.</summary>
    private bool TryReadFlags(IConfigurationSection section, Type type, out object? value)
    {
        var good = TryReadList(section, typeof(string), null, out var names);
        var flags = 0;
        foreach (var (name, index) in ((string?[])names!).Select((name, index) => (name, index)))
        {
            if (ScalarValue.Parse(name ?? "", type) is { } flag)
            {
                flags |= (int)flag;
                continue;
            }

            problems.Error($"{section.Path}:{index}", $"is '{name}'{Suggestion.For(name ?? "", Enum.GetNames(type))}", ScalarValue.Describe(type, null));
            good = false;
        }

        value = flags == 0 ? null : Enum.ToObject(type, flags);
        return good;
    }

    private void WarnIfNotEffective(IConfigurationSection section, bool effective)
    {
        if (!effective)
        {
            problems.Warn(section.Path, "has no effect in this version");
        }
    }

    /// <summary>Whether a text may be null: one that must be there is missing rather than null.</summary>
    private static bool MayBeNull(PropertyInfo? property, Type type) =>
        property?.PropertyType != type || property.IsDefined(typeof(RequiredAttribute))
        || new NullabilityInfoContext().Create(property).WriteState != NullabilityState.NotNull;

    private static Dictionary<string, PropertyInfo> Keys(Type type) => KnownKeys.GetOrAdd(type, static type => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true } && !IsOwnName(property))
        .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase));

    /// <summary>Routes and clusters are named by the key they stand under, not by a key of their own.</summary>
    private static bool IsOwnName(PropertyInfo property) =>
        (property.DeclaringType == typeof(RouteConfig) && property.Name == nameof(RouteConfig.RouteId))
        || (property.DeclaringType == typeof(ClusterConfig) && property.Name == nameof(ClusterConfig.ClusterId));

    /// <summary>The keys one section further down, as <c>Section:Key</c>.</summary>
    private static IEnumerable<string> NestedKeys(IEnumerable<PropertyInfo> properties) =>
        from property in properties
        where !ScalarValue.IsScalar(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) && !typeof(IEnumerable).IsAssignableFrom(property.PropertyType)
        from key in KeysOf(property.PropertyType)
        select $"{property.Name}:{key}";

    private static Type? ElementOf(Type type, Type shape, int argument) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == shape ? type.GetGenericArguments()[argument] : null;
}
