using System.Text.RegularExpressions;
using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>The doc comments of the options are what operators read: they must tell each key's meaning, its true default and its true bounds.</summary>
public sealed partial class DocCommentTests
{
    private static readonly Dictionary<string, OptionKey> Keys = Collect(typeof(EdgeProxyOptions), "EdgeProxy").ToDictionary(StringComparer.Ordinal);

    public static TheoryData<string> Paths => [.. Keys.Keys];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Key_TellsItsMeaning_AndItsTrueDefaultAndBounds(string path)
    {
        var key = Keys[path];

        Assert.Matches(@"^[A-Z].+\.$", key.Meaning);
        Assert.Equal(key.BoundsInWords, key.BoundsAsTold is { } told ? Remarks().Replace(told, "") : null);
        if (key.IsSection || key.IsRequired)
        {
            Assert.Null(key.DefaultAsTold);
        }
        else
        {
            Assert.True(key.DefaultRemark is not null, $"The comment says '{key.DefaultAsTold}' of a default that is '{key.Default}'.");
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Word_TellsItsMeaning(string path)
    {
        var key = Keys[path];
        foreach (var (word, meaning) in key.Type.IsEnum ? key.Choices : [])
        {
            Assert.True(meaning is not null || (word == key.WordForNull && key.DefaultRemark!.StartsWith(", ", StringComparison.Ordinal)), $"{word} has no comment.");
        }
    }

    private static IEnumerable<KeyValuePair<string, OptionKey>> Collect(Type type, string path)
    {
        Assert.NotNull(DocComments.Of(type));
        return OptionKey.Of(type).SelectMany(key =>
        {
            var inner = key.Element ?? key.Type;
            var below = ScalarValue.IsScalar(inner) ? [] : Collect(inner, $"{path}:{key.Name}");
            return below.Prepend(new($"{path}:{key.Name}", key));
        });
    }

    [GeneratedRegex(@" \([^)]*\)")]
    private static partial Regex Remarks();
}
