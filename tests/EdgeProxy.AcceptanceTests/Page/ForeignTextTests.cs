using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;
using Microsoft.Playwright;

namespace EdgeProxy.AcceptanceTests.Page;

/// <summary>Markup and script in everything that clients, backends and configuration files can say: it is shown as text, or not at all.</summary>
public sealed class ForeignTextTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Image = "<img src=x onerror=\"window.ran='image'\">";
    private const string Script = "</td></script><script>window.ran='script'</script>";
    private const string Id = "\"><svg/onload=window.ran='id'>'${ran}{{ran}}&lt;b&gt;";
    private const string Code = "<svg/onload=window.ran='code'>";

    [Fact]
    public async Task PlantedMarkup_IsShownAsText_AndNothingRuns()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        backend.On("fails", static exchange => exchange.AnswerAsync(
            429, "application/json", $$$"""{"error":{"message":"<img src=x onerror=window.ran='message'>","type":"{{{Code}}}","code":"{{{Code}}}"}}"""));
        backend.On("page", static exchange => exchange.AnswerAsync(200, "text/html", "<html><script>window.ran='body'</script></html>", ("x-request-id", Id)));
        backend.On("streams", static async exchange =>
        {
            await exchange.SendHeadAsync(200, "text/event-stream", ("x-request-id", Id + "2"), ("server", Image));
            await exchange.WriteAsync("data: <script>window.ran='event'</script>\n\n");
            await exchange.HangAsync();
        });
        await using var proxy = await ProxyHost.StartAsync(Config(backend));
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(proxy.Admin + "?<script>window.ran='query'</script>#<img src=x onerror=window.ran='hash'>");

        await using var waits = await AskAsync(proxy, "waits");
        await using var streams = await AskAsync(proxy, "streams");
        await using var fails = await AskAsync(proxy, "fails");
        await using var notSse = await AskAsync(proxy, "page");
        proxy.WriteConfig($$"""{ "EdgeProxy": { "StreamPolicies": { "Default": { "{{Image.Replace("\"", "\\\"", StringComparison.Ordinal)}}": "{{Code}}" } } } }""");

        var running = page.Locator("#streams tbody tr");
        await Expect(running).ToHaveCountAsync(2);
        foreach (var text in (string[])[Image, $"{Script} / {Image}", Id])
        {
            await Expect(running.First).ToContainTextAsync(text);
        }

        await Expect(page.Locator("#recent")).ToContainTextAsync(Code);
        await Expect(page.Locator("#recent tbody tr")).ToHaveCountAsync(2);
        foreach (var text in (string[])[Image, "/<svg onload=window.ran='path'>/{**rest}", Script])
        {
            await Expect(page.Locator("#routes")).ToContainTextAsync(text);
        }

        await Expect(page.Locator("#policies summary").First).ToContainTextAsync(Image);
        await Expect(page.Locator("#refusal-text")).ToContainTextAsync(Image);
        await window.PictureAsync("page-foreign-text");

        // Were anything read as markup, it would be among these; the page's own are one script and two charts.
        var elements = await page.EvaluateAsync<int[]>("['script', 'svg', 'img, b, iframe, object, [onerror], [onload]'].map(what => document.querySelectorAll(what).length)");
        Assert.Equal([1, 2, 0], elements);
        Assert.Null(await page.EvaluateAsync<string?>("window.ran ?? null"));
        Assert.DoesNotContain("message", await page.Locator("#recent").InnerTextAsync(), StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        Assert.Empty(window.Complaints);
    }

    /// <summary>Whatever a mistake in the page's script might let through, the browser has been told not to.</summary>
    [Theory]
    [InlineData("document.body.innerHTML = '<b>x</b>'", "require-trusted-types-for")]
    [InlineData("const s = document.createElement('script'); s.src = '/streams'; document.body.append(s)", "require-trusted-types-for")]
    [InlineData("document.body.setAttribute('onclick', 'ran = 1')", "require-trusted-types-for")]
    [InlineData("const i = document.createElement('img'); i.src = 'http://127.0.0.1:1/x.png'; document.body.append(i)", "img-src")]
    [InlineData("fetch('http://127.0.0.1:1/').catch(() => {})", "connect-src")]
    [InlineData("document.body.setAttribute('style', 'color: red')", "style-src-attr")]
    public async Task Browser_RefusesWhatThePageNeverDoes(string script, string directive)
    {
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig());
        await using var window = await chromium.OpenAsync();
        await window.Page.GotoAsync(proxy.Admin.ToString());

        await window.Page.EvaluateAsync($"() => {{ try {{ {script} }} catch {{ }} }}");

        await Patience.UntilAsync(() => window.Complaints.Any(complaint => complaint.StartsWith("policy: " + directive, StringComparison.Ordinal)), directive);
    }

    private static ProxyConfig Config(ScriptedBackend backend)
    {
        var config = new ProxyConfig().Cluster(Script, backend.Http1).Route(Image, Script, policy: Image).Route("path", Script, "/<svg onload=window.ran='path'>/{**rest}", "Off")
            .Policy(Image, """{ "Primer": { "After": "00:00:00" }, "Attempts": { "Max": 1 } }""");
        var destinations = config.Section("ReverseProxy", "Clusters", Script, "Destinations");
        var address = destinations["d1"]!.DeepClone();
        destinations.Remove("d1");
        destinations[Image] = address;
        return config;
    }

    private static async Task<RawClient> AskAsync(ProxyHost proxy, string script)
    {
        var client = await proxy.ConnectAsync();
        await client.AskAsync($"/v1/<img%20src=x%20onerror=window.ran='path'>/chat/completions?{Code}", $"x-request-id: {Id}\r\nuser-agent: {Image}\r\n{ScriptedBackend.ScriptHeader}: {script}\r\n");
        await client.ReadHeadAsync();
        return client;
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);
}
