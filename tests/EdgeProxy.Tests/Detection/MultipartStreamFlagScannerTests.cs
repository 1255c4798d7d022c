using System.Text;
using EdgeProxy.Detection;
using EdgeProxy.TestKit;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Tests.Detection;

public sealed class MultipartStreamFlagScannerTests
{
    private const string Boundary = "b0";
    private const string StreamPart = "--b0\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\n";
    private const string FilePart = "--b0\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";

    public static TheoryData<string, string> Bodies => new()
    {
        { StreamPart + "true\r\n--b0--\r\n", "Stream" },
        { StreamPart + "true\r\n--b0--", "Stream" },
        { StreamPart + "True\r\n--b0--", "Stream" },
        { StreamPart + " true \r\n\r\n--b0--", "Stream" },
        { StreamPart + "false\r\n--b0--", "NotAStream" },
        { StreamPart + "1\r\n--b0--", "SaysNothing" },
        { StreamPart + "\r\n--b0--", "SaysNothing" },
        { StreamPart + "true\0\r\n--b0--", "SaysNothing" },
        { StreamPart + "true, but only after sixteen bytes\r\n--b0--", "SaysNothing" },
        { StreamPart + "                true\r\n--b0--", "SaysNothing" },
        { StreamPart + "            true\r\n--b0--", "Stream" },
        { StreamPart + "            true \r\n--b0--", "SaysNothing" },
        { StreamPart + "true\r\r\n--b0--", "Stream" },
        { StreamPart + "true\r\n--\r\n--b0--", "SaysNothing" },
        { StreamPart + "\r\n--b\r\n--b0--", "SaysNothing" },

        // The last one counts.
        { StreamPart + "true\r\n" + StreamPart + "false\r\n--b0--", "NotAStream" },
        { StreamPart + "false\r\n" + StreamPart + "true\r\n--b0--", "Stream" },
        { StreamPart + "true\r\n" + StreamPart + "x\r\n--b0--", "SaysNothing" },

        // Files and other fields, before and after.
        { FilePart + "\r\r\n\r\n-\r\n--b\r\n--b1--\n--b0\r\n" + StreamPart + "true\r\n--b0--", "Stream" },
        { StreamPart + "true\r\n" + FilePart + "true\r\n--b0--\r\n", "Stream" },
        { FilePart + "Content-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--b0--", "SaysNothing" },
        { "--b0\r\nContent-Disposition: form-data; name=\"stream\"; filename=\"stream\"\r\n\r\ntrue\r\n--b0--", "SaysNothing" },
        { "--b0\r\n\r\ntrue\r\n--b0--", "SaysNothing" },
        { "--b0\r\nX-Content-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--b0--", "SaysNothing" },
        { "--b0\r\nContent-Type: text/plain\r\ncontent-disposition:form-data; name=stream\r\n\r\ntrue\r\n--b0--", "Stream" },
        { "--b0\r\nX: " + new string('x', 16300) + "\r\nContent-Disposition: form-data; name=stream\r\n\r\ntrue\r\n--b0--", "Stream" },

        // Around the form.
        { "", "SaysNothing" },
        { "--b0--", "SaysNothing" },
        { "preamble --b0\r\n-\r\n" + StreamPart + "true\r\n--b0--", "Stream" },
        { "\r\n" + StreamPart + "true\r\n--b0--", "Stream" },
        { StreamPart + "true\r\n--b0--\r\nepilogue\r\n" + StreamPart + "false\r\n--b0--", "Stream" },
        { "--b0 \t \r\nContent-Disposition: form-data; name=stream\r\n\r\ntrue\r\n--b0--", "Stream" },

        // Broken or cut: the backend judges it.
        { StreamPart + "true", "Malformed" },
        { StreamPart + "true\r\n--b0", "Malformed" },
        { StreamPart + "true\r\n--b0-", "Malformed" },
        { StreamPart + "true\r\n--b0-x", "Malformed" },
        { StreamPart + "true\r\n--b0\r\n", "Malformed" },
        { StreamPart + "true\n--b0--", "Malformed" },
        { StreamPart + "true\r\n--b00--", "Malformed" },
        { StreamPart + "true\r\n--b0 x\r\n--b0--", "Malformed" },
        { "--b0\nContent-Disposition: form-data; name=stream\n\ntrue\n--b0--", "Malformed" },
        { "--b0\r\nContent-Disposition: form-data; name=stream\n\r\n\r\ntrue\r\n--b0--", "Malformed" },
        { "--b0\r\nContent-Disposition: form-data; name=stream\rX\r\n\r\ntrue\r\n--b0--", "Malformed" },
        { "--b0\r\nContent-Disposition\r\n\r\ntrue\r\n--b0--", "Malformed" },
        { "--b0\r\n: form-data; name=stream\r\n\r\ntrue\r\n--b0--", "Malformed" },
        { "--b0\r\nContent-Disposition: form-data; name=\"stream\r\n\r\ntrue\r\n--b0--", "Malformed" },
        { "--b0\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=stream\r\n\r\ntrue\r\n--b0--", "Malformed" },
        { "{\"stream\":true}", "Malformed" },
        { " ", "Malformed" },
        { "\n", "Malformed" },
    };

    /// <summary>Contents that come close to a boundary, and values with and without white space.</summary>
    private static Gen<string> Content => Gen.OneOf(
        Gen.Elements("true", "false", "TRUE", " True\t", "true\r\n", "yes", "", "0123456789abcdef0", "            true"),
        Gen.Elements("\r", "\n", "\r\n", "\r\n-", "\r\n--", "\r\n--b", "\r\n--B0", "--b0", "--b0--", "b0", "\n--b0", "true", "\u00FF\0").ListOf().Select(string.Concat))
        .Where(content => !content.Contains("\r\n--b0", StringComparison.Ordinal));

    private static Gen<string> Part =>
        from disposition in Gen.Frequency(
            (4, Gen.Elements("name=\"stream\"", "name=stream", "x=\"; name=no\"; name=\"stream\"")),
            (3, Gen.Elements("name=\"stream\"; filename=\"stream.txt\"", "name=\"prompt\"", "name=\"Stream\"", "name=\"image[]\"; filename=\"; name=stream\"")))
        from before in Gen.Elements("", "Content-Type: text/plain; charset=utf-8\r\n", "X-Empty:\r\n")
        from after in Gen.Elements("", "Content-Type: application/octet-stream\r\n", "Content-Disposition-X: form-data; name=\"stream\"\r\n")
        from name in Gen.Elements("Content-Disposition", "content-disposition", "CONTENT-DISPOSITION")
        from padding in Gen.Frequency((4, Gen.Constant("")), (1, Gen.Constant(" \t")))
        from content in Content
        select $"--{Boundary}{padding}\r\n{before}{name}: form-data; {disposition}\r\n{after}\r\n{content}\r\n";

    /// <summary>No boundary within a line of the preamble: the oracle takes it for one there, against RFC 2046 5.1.1.</summary>
    private static Gen<string> Form =>
        from preamble in Gen.Frequency((5, Gen.Constant("")), (1, Gen.Elements("\r\n", "preamble\r\n", "--b\r\n")))
        from parts in Part.ListOf()
        from end in Gen.Frequency((6, Gen.Elements($"--{Boundary}--\r\n", $"--{Boundary}--")), (1, Gen.Elements("", $"--{Boundary}", "--b\r\n")))
        from epilogue in Gen.Frequency((5, Gen.Constant("")), (1, Gen.Constant("\r\nepilogue")))
        select preamble + string.Concat(parts.Take(4)) + end + epilogue;

    private static Gen<string> DamagedForm =>
        from form in Form
        from at in Gen.Choose(0, form.Length)
        from removed in Gen.Choose(0, Math.Min(3, form.Length - at))
        from inserted in Gen.Elements("", "\r", "\n", "\r\n", "-", "--", "\"", ";", ":", " ", "\r\n--b0", "\0")
        select form.Remove(at, removed).Insert(at, inserted);

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Scan_CutAnywhere_FindsTheFlag(string body, string expected) =>
        Assert.Equal(expected, FlagScan.RunInAllPieces(Create, Encoding.Latin1.GetBytes(body)).ToString());

    [Fact]
    public void Scan_GeneratedForm_AgreesWithTheOracle() => FlagScan.Check(Form, 300, body =>
        Assert.Equal(OracleAsync(body).GetAwaiter().GetResult(), FlagScan.RunInAllPieces(Create, body)));

    [Fact]
    public void Scan_DamagedForm_GivesOneFlagHoweverItIsCut() => FlagScan.Check(DamagedForm, 300, body =>
        FlagScan.RunInAllPieces(Create, body));

    [Theory]
    [InlineData(0, "Stream")]
    [InlineData(1, "Malformed")]
    public void Scan_PartHeaders_HoldSixteenKilobytes(int beyond, string expected)
    {
        const string Disposition = "Content-Disposition: form-data; name=stream\r\n";
        var filler = new string('x', MultipartStreamFlagScanner.MaxPartHeaderBytes - Disposition.Length - "X: \r\n\r\n".Length + beyond);
        var body = Encoding.ASCII.GetBytes($"--b0\r\nX: {filler}\r\n{Disposition}\r\ntrue\r\n--b0--");

        Assert.Equal(expected, FlagScan.RunInAllPieces(Create, body).ToString());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("----WebKitFormBoundary7MA4YWxkTrZu0gW")]
    [InlineData("-")]
    [InlineData("a b:c?'()+_,./=")]
    public void Scan_AnyBoundary_IsFound(string boundary)
    {
        var body = Encoding.ASCII.GetBytes(
            $"--{boundary}\r\nContent-Disposition: form-data; name=x\r\n\r\n--{boundary}\r\n--{boundary}\r\nContent-Disposition: form-data; name=stream\r\n\r\ntrue\r\n--{boundary}--");

        Assert.Equal(BodyFlag.Stream, FlagScan.RunInAllPieces(() => new MultipartStreamFlagScanner(boundary), body));
    }

    [Fact]
    public async Task Scan_FormOfTheFrameworksOwnClient_IsRead()
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(new byte[5000]), "image", "größe.png" },
            { new StringContent("a cat"), "prompt" },
            { new StringContent("true"), "stream" },
        };
        var body = await form.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        var boundary = HeaderUtilities.RemoveQuotes(form.Headers.ContentType!.Parameters.Single(parameter => parameter.Name == "boundary").Value).ToString();

        Assert.Equal(BodyFlag.Stream, FlagScan.RunInAllPieces(() => new MultipartStreamFlagScanner(boundary), body));
    }

    [Fact]
    public void Scan_ManyPartsAndLongFiles_AllocatesNothingForEach()
    {
        var part = Encoding.ASCII.GetBytes(FilePart + new string('\r', 4096) + "\r\n");
        var scanner = new MultipartStreamFlagScanner(Boundary);
        scanner.Scan(part);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                scanner.Scan(part);
            }
        });
        var flag = scanner.Scan("--b0--"u8);

        Assert.Equal(BodyFlag.SaysNothing, flag);
        Assert.Equal(0, allocated);
    }

    private static MultipartStreamFlagScanner Create() => new(Boundary);

    /// <summary>The same rules over the framework's own reader of forms.</summary>
    private static async Task<BodyFlag> OracleAsync(byte[] body)
    {
        var flag = BodyFlag.SaysNothing;
        if (body.Length == 0)
        {
            return flag;
        }

        try
        {
            var reader = new MultipartReader(Boundary, new MemoryStream(body));
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                var value = await section.ReadAsStringAsync();
                if (section.GetContentDispositionHeader() is { } disposition && disposition.FileName.Length == 0
                    && HeaderUtilities.RemoveQuotes(disposition.Name) == "stream")
                {
                    flag = value.Length > 16 ? BodyFlag.SaysNothing
                        : value.Trim(' ', '\t', '\r', '\n').ToUpperInvariant() switch
                        {
                            "TRUE" => BodyFlag.Stream,
                            "FALSE" => BodyFlag.NotAStream,
                            _ => BodyFlag.SaysNothing,
                        };
                }
            }

            return flag;
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException)
        {
            return BodyFlag.Malformed;
        }
    }
}
