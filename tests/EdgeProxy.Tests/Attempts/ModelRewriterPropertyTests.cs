using System.Text;
using System.Text.Json;
using EdgeProxy.Attempts;
using EdgeProxy.Detection;
using EdgeProxy.Tests.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Attempts;

/// <summary>Generated bodies, whole and damaged, against System.Text.Json.</summary>
public sealed class ModelRewriterPropertyTests
{
    private const string Model = "a \"small\" one";
    private const string Written = """
        "a \"small\" one"
        """;

    private static readonly BodyFormat Json = new(InspectedBody.Json);

    private static Gen<string> Member =>
        from name in Gen.Frequency(
            (3, Gen.Elements("\"model\"", "\"mod\\u0065l\"", "\"\\u006dodel\"")),
            (2, JsonTexts.Text),
            (1, Gen.Elements("\"Model\"", "\"model \"", "\"models\"", "\"mode\"", "\"m\\\\u006fdel\"")))
        from before in JsonTexts.Space
        from after in JsonTexts.Space
        from value in Gen.Sized(size => JsonTexts.Value(Math.Min(size, 20)))
        from end in JsonTexts.Space
        select name + before + ":" + after + value + end;

    private static Gen<string> Body => Gen.Frequency(
        (6, from mark in Gen.Elements("", "\uFEFF")
            from start in JsonTexts.Space
            from members in Member.ListOf()
            from end in JsonTexts.Space
            select mark + start + "{" + start + string.Join(',', members.Take(6)) + "}" + end),
        (1, JsonTexts.Document));

    [Fact]
    public void Rewrite_GeneratedBody_ChangesTheModelAlone() => Check(Body, damaged: false);

    [Fact]
    public void Rewrite_DamagedBody_IsLeftAloneUnlessItIsStillJson() => Check(JsonTexts.Damaged(Body), damaged: true);

    private static void Check(Gen<string> bodies, bool damaged)
    {
        var cases = from body in bodies
                    from piece in Gen.Choose(1, 20)
                    from read in Gen.Choose(1, 40)
                    select (Body: body, Piece: piece, Read: read);
        Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            var original = Encoding.UTF8.GetBytes(sample.Body);
            var expected = Expected(original);
            var done = ModelRewriter.TryRewrite(Cuts.Every(sample.Piece, original), Json, Model, out var rewritten);
            Assert.Equal(expected is not null, done);
            if (rewritten is null)
            {
                return;
            }

            var received = ReplayReading.ToEndAsync(rewritten.OpenReader(new MemoryStream(original)), sample.Read).GetAwaiter().GetResult();
            Assert.Equal(expected, received);
            Assert.Equal(expected!.Length, rewritten.Length);
            if (!damaged)
            {
                AssertMeansTheSame(original, received);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    /// <summary>By the positions of <see cref="Utf8JsonReader"/>; null where nothing may be rewritten.</summary>
    private static byte[]? Expected(byte[] original)
    {
        var mark = original.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var result = new MemoryStream();
        var copied = 0;
        try
        {
            var reader = new Utf8JsonReader(original.AsSpan(mark), new JsonReaderOptions { MaxDepth = 512 });
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && IsModel(ref reader))
                {
                    Assert.True(reader.Read());
                    result.Write(original.AsSpan(copied..(mark + (int)reader.TokenStartIndex)));
                    result.Write(Encoding.UTF8.GetBytes(Written));
                    reader.Skip();
                    copied = mark + (int)reader.BytesConsumed;
                }
            }
        }
        catch (JsonException)
        {
            return null;
        }

        if (copied == 0)
        {
            return null;
        }

        result.Write(original.AsSpan(copied..));
        return result.ToArray();
    }

    private static void AssertMeansTheSame(byte[] original, byte[] rewritten)
    {
        using var before = Parse(original);
        using var after = Parse(rewritten);
        foreach (var (left, right) in before.RootElement.EnumerateObject().Zip(after.RootElement.EnumerateObject()))
        {
            Assert.True(IsModel(left) ? IsModel(right) && right.Value.ValueEquals(Model) : left.ToString() == right.ToString());
        }

        Assert.Equal(before.RootElement.EnumerateObject().Count(), after.RootElement.EnumerateObject().Count());
    }

    private static bool IsModel(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.ValueTextEquals("model"u8);
        }
        catch (InvalidOperationException)
        {
            return false; // half a surrogate pair in the name
        }
    }

    private static bool IsModel(JsonProperty member)
    {
        try
        {
            return member.NameEquals("model"u8);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static JsonDocument Parse(byte[] body) =>
        JsonDocument.Parse(body.AsMemory(body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0), new JsonDocumentOptions { MaxDepth = 512 });
}
