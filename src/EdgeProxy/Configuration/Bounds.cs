using System.Globalization;

namespace EdgeProxy.Configuration;

/// <summary>The values that an option may have. The reader enforces it; a schema can be made from it.</summary>
internal abstract class BoundsAttribute : Attribute
{
    /// <summary>Whether a value of the option's type lies within the bounds, both ends included.</summary>
    public abstract bool Contains(object value);

    /// <summary>The bounds in words, for an error message: <c>from 0 to 65536</c>.</summary>
    public abstract string Describe();
}

/// <summary>Bounds of a duration, both ends included, written as <c>[d.]hh:mm:ss[.fff]</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationRangeAttribute(string min, string max) : BoundsAttribute
{
    /// <summary>The shortest duration allowed.</summary>
    public TimeSpan Min { get; } = TimeSpan.ParseExact(min, "c", CultureInfo.InvariantCulture);

    /// <summary>The longest duration allowed.</summary>
    public TimeSpan Max { get; } = TimeSpan.ParseExact(max, "c", CultureInfo.InvariantCulture);

    public override bool Contains(object value) => value is TimeSpan duration && duration >= Min && duration <= Max;

    public override string Describe() => $"from {min} to {max}";
}

/// <summary>Bounds of a whole number, or of each number in a list, both ends included.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CountRangeAttribute(long min, long max) : BoundsAttribute
{
    /// <summary>The smallest number allowed.</summary>
    public long Min { get; } = min;

    /// <summary>The largest number allowed.</summary>
    public long Max { get; } = max;

    public override bool Contains(object value) =>
        Convert.ToInt64(value, CultureInfo.InvariantCulture) is var number && number >= Min && number <= Max;

    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"from {Min} to {Max}");
}

/// <summary>The word that stands for null in the configuration: <c>Auto</c> where null means that the value is found out.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WordForNullAttribute(string word) : Attribute
{
    /// <summary>The word; read without regard to case.</summary>
    public string Word { get; } = word;
}

/// <summary>An option that is read and checked, but that nothing acts on in this version: to set it earns a warning.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotYetEffectiveAttribute : Attribute;
