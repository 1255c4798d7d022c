using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;
using Microsoft.Playwright;

namespace EdgeProxy.AcceptanceTests.Page;

/// <summary>The live page in a real browser: it shows what happens while it happens, and finds back when it was left alone.</summary>
public sealed class LivePageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Event = """data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}""" + "\n\n";

    [Fact]
    public async Task NothingHappens_ThePageSaysSo()
    {
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig());
        await using var window = await chromium.OpenAsync();
        var page = window.Page;

        await page.GotoAsync(proxy.Admin.ToString());

        await Expect(page.Locator("#streams-empty")).ToHaveTextAsync("No streams are open.");
        await Expect(page.Locator("#recent-empty")).ToContainTextAsync("Nothing had to be rescued or refused since the start");
        await Expect(page.Locator("#routes-empty")).ToHaveTextAsync("No routes are configured: every request gets a 404.");
        await Expect(page.Locator("#link")).ToHaveTextAsync("Live");
        await Expect(page.Locator("#readiness")).ToHaveTextAsync("Ready");
        await Expect(page).ToHaveTitleAsync("0 streams · EdgeProxy");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Stream_AppearsGoesOnAndIsRescued_WithoutReload()
    {
        var events = new Gate();
        var cut = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await events.WaitAsync();
            await exchange.SendHeadAsync();
            await exchange.WriteAsync(Event + Event + Event);
            await cut.WaitAsync();
            exchange.Cut();
        });
        await using var proxy = await ProxyHost.StartAsync(
            ProxyConfig.For(backend.Http1, """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:00.500" } }"""));
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(proxy.Admin.ToString());
        await Expect(page.Locator("#open")).ToHaveTextAsync("0");

        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions", "x-request-id: session-1\r\n");
        var row = page.Locator("#streams tbody tr");
        await Expect(row).ToHaveCountAsync(1);
        await Expect(row).ToContainTextAsync("Waiting");
        await Expect(row).ToContainTextAsync("backend / d1");
        await Expect(row).ToContainTextAsync("session-1");
        await Expect(Cell(row, "Last event")).ToHaveTextAsync("none yet");
        await Expect(Cell(row, "Keep-alives")).Not.ToHaveTextAsync("0");

        events.Open();
        await Expect(row).ToContainTextAsync("Streaming");
        await Expect(Cell(row, "Events")).ToContainTextAsync("3");
        await Expect(page.Locator("#open")).ToHaveTextAsync("1");
        await Expect(page).ToHaveTitleAsync("1 stream · EdgeProxy");

        cut.Open();
        var rescued = page.Locator("#recent tbody tr");
        await Expect(rescued).ToContainTextAsync("Rescued");
        await Expect(rescued).ToContainTextAsync("upstream_disconnected");
        await Expect(rescued).ToContainTextAsync("connection cut in the middle");
        await Expect(page.Locator("#streams-empty")).ToBeVisibleAsync();
        await Expect(page.Locator("#rate-chart svg")).ToHaveAttributeAsync("aria-label", "1 stream ended in the last 5 minutes, 1 of them rescued, 0 refused or cut");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task MoreStreamsThanFit_AreCounted()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));
        await using var window = await chromium.OpenAsync();
        using var http = proxy.CreateClient(ClientProtocol.H2c);
        var asked = Enumerable.Range(0, 123).Select(_ => http.SendAsync(proxy.Post(ClientProtocol.H2c, "/v1/chat/completions"), TestContext.Current.CancellationToken)).ToArray();

        await window.Page.GotoAsync(proxy.Admin.ToString());

        await Expect(window.Page.Locator("#open")).ToHaveTextAsync("123");
        await Expect(window.Page.Locator("#streams tbody tr")).ToHaveCountAsync(100);
        await Expect(window.Page.Locator("#streams-more")).ToHaveTextAsync("and 23 younger streams. All of them: /streams");
        Assert.Empty(window.Complaints);
        http.CancelPendingRequests();
        await Task.WhenAll(asked).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task ListenerThatIsGone_IsSaid_AndThePageFindsItsSuccessor()
    {
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        var link = page.Locator("#link");
        var config = new ProxyConfig();
        await using (var first = await ProxyHost.StartAsync(config))
        {
            config.Section("EdgeProxy", "Admin")["Url"] = first.Admin.ToString();
            await page.GotoAsync(first.Admin.ToString());
            await Expect(link).ToHaveTextAsync("Live");
        }

        await Expect(link).ToContainTextAsync("Connection lost at ");
        await Expect(link).ToContainTextAsync("Trying again…");
        await Expect(page.Locator("#readiness")).ToHaveTextAsync("Unknown");
        await window.PictureAsync("page-lost");

        await using var second = await ProxyHost.StartAsync(config.Cluster("new", new Uri("http://127.0.0.1:1")).Route("successor", "new"));
        await Expect(link).ToHaveTextAsync("Live");
        await Expect(page.Locator("#routes tbody tr")).ToContainTextAsync("successor");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task RefusedConfigurationAndDrain_AreSaid()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Event + "data: [DONE]\n\n");
        });
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(proxy.Admin.ToString());
        await Expect(page.Locator("#generation")).ToHaveTextAsync("generation 1");

        proxy.WriteConfig("""{ "EdgeProxy": { "StreamPolicies": { "Default": { "KeepAlive": { "Intervall": "1" } } }, "Drains": {} } }""");
        await Expect(page.Locator("#refusal-title")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^The change of the configuration at .* was refused. Generation 1 stays in use.$"));
        await Expect(page.Locator("#refusal-text li")).ToHaveCountAsync(2);
        await Expect(page.Locator("#generation")).ToHaveTextAsync("generation 1, 1 refused");

        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");
        await gate.Reached;
        var drained = proxy.DrainAsync();
        await Expect(page.Locator("#readiness")).ToHaveTextAsync("Draining");
        await Expect(page.Locator("#draining")).ToBeVisibleAsync();
        await window.PictureAsync("page-trouble");
        gate.Open();
        await client.ReadTextAsync();
        await drained.WaitAsync(Patience.Limit, TimeProvider.System);
        Assert.Empty(window.Complaints);
    }

    private static ILocator Cell(ILocator row, string name) => row.Locator($"td[data-label='{name}']");

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static IPageAssertions Expect(IPage page) => Assertions.Expect(page);
}
