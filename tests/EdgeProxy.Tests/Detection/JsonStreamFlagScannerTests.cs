using System.Text;
using System.Text.Json;
using EdgeProxy.Detection;
using EdgeProxy.TestKit;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Detection;

public sealed class JsonStreamFlagScannerTests
{
    public static TheoryData<string, string> Bodies => new()
    {
        { """{"stream":true}""", "Stream" },
        { """{"stream":false}""", "NotAStream" },
        { """ { "model" : "m", "messages": [ { "role": "user", "stream": true } ], "stream" : true } """, "Stream" },
        { """{}""", "SaysNothing" },
        { "", "SaysNothing" },

        // Duplicates: the last one counts.
        { """{"stream":true,"stream":false}""", "NotAStream" },
        { """{"stream":false,"x":1,"stream":true}""", "Stream" },
        { """{"stream":true,"stream":null}""", "SaysNothing" },

        // Values that are no booleans.
        { """{"stream":null}""", "SaysNothing" },
        { """{"stream":"true"}""", "SaysNothing" },
        { """{"stream":1}""", "SaysNothing" },
        { """{"stream":{"stream":true}}""", "SaysNothing" },
        { """{"stream":[true]}""", "SaysNothing" },
        { """{"stream":true,"stream":[false]}""", "SaysNothing" },
        { """{"stream":true,"stream":{}}""", "SaysNothing" },

        // Names: exact, at the top level, escapes resolved.
        { """{"str\u0065am":true}""", "Stream" },
        { """{"\u0073\u0074\u0072\u0065\u0061\u006D":true}""", "Stream" },
        { """{"Stream":true}""", "SaysNothing" },
        { """{"stream ":true}""", "SaysNothing" },
        { """{"strea":true}""", "SaysNothing" },
        { """{"streams":true}""", "SaysNothing" },
        { """{"\"stream":true}""", "SaysNothing" },
        { """{"x":"stream","y":true}""", "SaysNothing" },
        { """{"x":"\"stream\":true"}""", "SaysNothing" },
        { """{"x":{"stream":true},"y":[{"stream":true}]}""", "SaysNothing" },
        { """{"stream_options":{"include_usage":true}}""", "SaysNothing" },
        { $$"""{"stream{{new string('x', 100)}}":true}""", "SaysNothing" },

        // Speech.
        { """{"stream_format":"sse"}""", "Stream" },
        { """{"stream_format":"audio"}""", "SaysNothing" },
        { """{"stream_format":"SSE"}""", "SaysNothing" },
        { """{"stream_format":true}""", "SaysNothing" },
        { """{"stream_format":["sse"]}""", "SaysNothing" },
        { """{"stream_format":"sse","stream_format":"audio"}""", "SaysNothing" },
        { """{"stream_format":"sse","stream_format":{}}""", "SaysNothing" },
        { """{"stream_format":"\u0073se"}""", "Stream" },
        { """{"stream_format":"sse","stream":null}""", "Stream" },
        { """{"stream_format":"sse","stream":false}""", "NotAStream" },
        { """{"stream":true,"stream_format":"audio"}""", "Stream" },

        // Roots that are no object.
        { """[{"stream":true}]""", "SaysNothing" },
        { "true", "SaysNothing" },
        { "\"stream\"", "SaysNothing" },

        // Broken or cut: the backend judges it.
        { """{"stream":true""", "Malformed" },
        { """{"stream":true,""", "Malformed" },
        { """{"stream":true,}""", "Malformed" },
        { """{"stream":True}""", "Malformed" },
        { """{"stream":truefalse}""", "Malformed" },
        { """{"stream":tru""", "Malformed" },
        { """{stream:true}""", "Malformed" },
        { """{'stream':true}""", "Malformed" },
        { """{"stream":true]""", "Malformed" },
        { """{"x":[1,{"y":2]},"stream":true}""", "Malformed" },
        { """{"stream":true,/* c */"x":1}""", "Malformed" },
        { "{\"x\":\"a\nb\",\"stream\":true}", "Malformed" },
        { "stream=true", "Malformed" },
        { " ", "Malformed" },
        { "{\"stream\"\0:true}", "Malformed" },

        // Around the object.
        { "\uFEFF{\"stream\":true}", "Stream" },
        { "\r\n\t {\"stream\":true}", "Stream" },
        { """{"stream":true}}""", "Stream" },
        { """{"stream":true}{"stream":false}""", "Stream" },
    };

    private static Gen<string> Value => Gen.Frequency(
        (4, Gen.Elements("true", "false")),
        (2, Gen.Elements("null", "0", "-1.5e3", "\"true\"", "\"sse\"", "\"\\u0073se\"", "\"a\\\"b\"", "\"stream\"")),
        (1, Gen.Elements("{\"stream\":true}", "[true,false]", "[[{}]]", "{\"a\":[1,{\"stream\":false}]}")));

    private static Gen<string> Document =>
        from members in (
            from name in Gen.Elements("stream", "str\\u0065am", "stream_format", "model", "stream\\n", "messages", "")
            from value in Value
            from space in Gen.Elements("", "", " ", "\r\n\t")
            select $"{space}\"{name}\"{space}:{value}{space}").ListOf()
        from mark in Gen.Frequency((6, Gen.Constant("")), (1, Gen.Constant("\u00EF\u00BB\u00BF")))
        select $"{mark}{{{string.Join(',', members.Take(6))}}}";

    /// <summary>No number as the root: the readers differ on where it ends, and neither answer makes a stream.</summary>
    private static Gen<string> DamagedDocument => (
        from document in Document
        from at in Gen.Choose(0, document.Length)
        from removed in Gen.Choose(0, Math.Min(3, document.Length - at))
        from inserted in Gen.Elements("", "\"", "{", "}", "[", "]", ",", ":", "\\", "t", "0", " ", "\n", "true", "null")
        select document.Remove(at, removed).Insert(at, inserted))
        .Where(document => !document.TrimStart('\u00EF', '\u00BB', '\u00BF').StartsWith('0'));

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Scan_CutAnywhere_FindsTheFlag(string body, string expected) =>
        Assert.Equal(expected, FlagScan.RunInAllPieces(() => new JsonStreamFlagScanner(), Encoding.UTF8.GetBytes(body)).ToString());

    [Fact]
    public void Scan_GeneratedJson_AgreesWithTheOracle() => FlagScan.Check(Document, 300, body =>
        Assert.Equal(Oracle(body), FlagScan.RunInAllPieces(() => new JsonStreamFlagScanner(), body)));

    [Fact]
    public void Scan_DamagedJson_AgreesWithTheOracle() => FlagScan.Check(DamagedDocument, 500, body =>
        Assert.Equal(Oracle(body), FlagScan.RunInAllPieces(() => new JsonStreamFlagScanner(), body)));

    [Fact]
    public void Scan_FlagFirst_IsUndecidedUntilTheObjectCloses()
    {
        var scanner = new JsonStreamFlagScanner();

        Assert.Equal(BodyFlag.Undecided, scanner.Scan("""{"stream":true,"input":"""u8));
        Assert.Equal(BodyFlag.Undecided, scanner.Scan("\"long\""u8));
        Assert.Equal(BodyFlag.Stream, scanner.Scan("}"u8));
    }

    [Fact]
    public void Scan_LongBodyInSmallPieces_AllocatesNothingForEach()
    {
        var piece = Encoding.ASCII.GetBytes(new string('A', 4096));
        var scanner = new JsonStreamFlagScanner();
        scanner.Scan("{\"image\":\""u8);
        scanner.Scan(piece);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                scanner.Scan(piece);
            }
        });
        var flag = scanner.Scan("\",\"stream\":true}"u8);

        Assert.Equal(BodyFlag.Stream, flag);
        Assert.Equal(0, allocated);
    }

    /// <summary>The same rules over the framework's reader, which looks no further than the root value either.</summary>
    private static BodyFlag Oracle(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            return BodyFlag.SaysNothing;
        }

        body = body.StartsWith("\uFEFF"u8) ? body[3..] : body;
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return BodyFlag.SaysNothing;
            }

            JsonElement stream = default, format = default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                var value = JsonElement.ParseValue(ref reader);
                stream = name == "stream" ? value : stream;
                format = name == "stream_format" ? value : format;
            }

            return stream.ValueKind switch
            {
                JsonValueKind.True => BodyFlag.Stream,
                JsonValueKind.False => BodyFlag.NotAStream,
                _ when format.ValueKind == JsonValueKind.String && format.GetString() == "sse" => BodyFlag.Stream,
                _ => BodyFlag.SaysNothing,
            };
        }
        catch (JsonException)
        {
            return BodyFlag.Malformed;
        }
    }
}
