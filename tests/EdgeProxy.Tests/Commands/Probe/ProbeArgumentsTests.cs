using System.CommandLine;
using System.Net;
using System.Text;
using EdgeProxy.Commands.Probe;
using EdgeProxy.Protocol;
using EdgeProxy.Tests.Configuration;

namespace EdgeProxy.Tests.Commands.Probe;

public sealed class ProbeArgumentsTests : IDisposable
{
    private const string Url = "http://127.0.0.1:1/v1/messages";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Required argument 'url'")]
    [InlineData("example.com", "example.com")]
    [InlineData("ftp://", "ftp://example.com/")]
    [InlineData("Authorization: …", "http://me:pass@example.com/")]
    [InlineData("is no header", Url, "-H", "no colon")]
    [InlineData("is no header", Url, "-H", "bad name: x")]
    [InlineData("is no header", Url, "-H", "X-A: a\r\nX-B: b")]
    [InlineData("is no method", Url, "-X", "GET /")]
    [InlineData("is no time", Url, "--timeout", "soon")]
    [InlineData("is no time", Url, "--timeout", "0")]
    [InlineData("is no time", Url, "--timeout", "90000")]
    [InlineData("is no time", Url, "--timeout", "NaN")]
    [InlineData("is not host:port:address", Url, "--resolve", "example.com:443")]
    [InlineData("is not host:port:address", Url, "--resolve", "example.com:https:192.0.2.1")]
    [InlineData("exclude each other", Url, "--http1.1", "--http2")]
    [InlineData("--bogus", Url, "--bogus")]
    [InlineData("Klingon", Url, "--dialect", "Klingon")]
    [InlineData("Required argument missing for option: '--data'", Url, "--data")]
    [InlineData("no-such-file", Url, "--data", "@no-such-file")]
    [InlineData("no-such-file", Url, "-H", "@no-such-file")]
    public async Task WrongCommandLine_SaysWhat_AndExitsWithTwo(string complaint, params string[] line)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await EdgeProxy.Program.RunAsync(["probe", .. line], new InvocationConfiguration { Output = output, Error = error });

        Assert.Equal(2, code);
        Assert.Contains(complaint, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongHeader_IsToldWithoutItsValue()
    {
        using var error = new StringWriter();

        await EdgeProxy.Program.RunAsync(["probe", Url, "-H", "Authori zation: Bearer secret"], new InvocationConfiguration { Output = TextWriter.Null, Error = error });

        Assert.Contains("'Authori zation: …'", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "check", "Key=Value")]
    [InlineData(1, "rnu")]
    [InlineData(0, "probe", "--help")]
    public async Task OtherCommandLine_ExitsAsBefore(int expected, params string[] line) =>
        Assert.Equal(expected, await EdgeProxy.Program.RunAsync(line, new InvocationConfiguration { Output = TextWriter.Null, Error = TextWriter.Null }));

    [Fact]
    public async Task Defaults_AreAGetOfTenMinutes()
    {
        var request = await ReadAsync(Url);

        Assert.Equal(("GET", null, TimeSpan.FromMinutes(10), false, ProbeHttp.Any), (request.EffectiveMethod, request.Data, request.Timeout, request.Insecure, request.Http));
        Assert.Equal(DialectKind.AnthropicMessages, request.EffectiveDialect);
        Assert.Empty(request.Headers);
    }

    [Fact]
    public async Task EveryOption_IsRead()
    {
        _folder.Write("data.json", """{"a":1}""");
        _folder.Write("headers", "Authorization: Bearer x:y\n\nX-Empty:\n");

        var request = await ReadAsync(
            Url, "-d", $"@{_folder.At("data.json")}", "-H", $"@{_folder.At("headers")}", "-H", "Accept:a/b", "-X", "PUT", "-m", "1.5", "-k", "--http2",
            "--resolve", "127.0.0.1:1:::1", "--dialect", "gemini");

        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(request.Data!));
        Assert.Equal([new("Authorization", "Bearer x:y"), new("X-Empty", ""), new("Accept", "a/b")], request.Headers);
        Assert.Equal(("PUT", TimeSpan.FromSeconds(1.5), true, ProbeHttp.Http2, DialectKind.Gemini), (request.EffectiveMethod, request.Timeout, request.Insecure, request.Http, request.EffectiveDialect));
        Assert.Equal(IPAddress.IPv6Loopback, request.Resolve[("127.0.0.1", 1)]);
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("00:01:30", 90)]
    [InlineData("0.1", 0.1)]
    public async Task Timeout_IsInSecondsOrWithColons(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), (await ReadAsync(Url, "--max-time", text)).Timeout);

    [Fact]
    public async Task Secrets_AreAllThatMayBeACredential()
    {
        var request = await ReadAsync("https://example.com/a?alt=sse&key=AIza%2B0123456", "-H", "Authorization: Bearer abcdefgh", "-H", "Cookie: a=session1; b=session2", "-H", "Accept: text/event-stream");

        var secrets = request.Secrets.ToHashSet();

        Assert.Superset(new HashSet<string> { "Bearer abcdefgh", "abcdefgh", "session1", "session2", "AIza%2B0123456", "AIza+0123456" }, secrets);
        Assert.DoesNotContain("text/event-stream", secrets);
        Assert.Equal("https://example.com/a?…", request.ShownUrl);
    }

    private static Task<ProbeRequest> ReadAsync(params string[] line)
    {
        var arguments = new ProbeArguments();
        var command = new Command("probe");
        arguments.AddTo(command);
        var parsed = command.Parse(line, new ParserConfiguration { ResponseFileTokenReplacer = null });
        Assert.Empty(parsed.Errors);
        return arguments.ReadAsync(parsed, TestContext.Current.CancellationToken);
    }
}
