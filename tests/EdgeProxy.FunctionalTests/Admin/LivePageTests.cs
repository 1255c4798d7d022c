using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using EdgeProxy.Admin.Live;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Admin;

/// <summary>The live page's file and the events that it lives on.</summary>
public sealed class LivePageTests
{
    [Fact]
    public async Task Page_MayRunItsOwnScriptAndNothingElse()
    {
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig());
        using var admin = new AdminClient(proxy);

        using var answer = await admin.GetAsync("/");

        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Matches(
            "^default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]{44}'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; connect-src 'self'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$",
            policy);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
        Assert.Equal(["same-origin"], answer.Headers.GetValues("Cross-Origin-Opener-Policy"));
        var page = await answer.Content.ReadAsStringAsync(Patience.Token());
        Assert.DoesNotMatch("(?i)innerHTML|outerHTML|insertAdjacent|document\\.write|eval\\(|(?:src|href)=\"(?:https?:)?//", page);
    }

    [Fact]
    public async Task Events_TellTheStateEverySecond_AndTheConfigurationWhenItIsNew()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        var config = ProxyConfig.For(backend.Http1, """{ "KeepAlive": { "Interval": "00:00:03" } }""").Route("plain", "backend", "/plain", "Off");
        await using var proxy = await ProxyHost.StartManualAsync(config);
        using var admin = new AdminClient(proxy);
        await using var viewer = await ViewAsync(admin);

        var configuration = await viewer.NextAsync("configuration");
        Assert.Equal(["all", "plain"], configuration.GetProperty("routes").EnumerateArray().Select(static route => route.GetProperty("id").GetString()));
        var policies = configuration.GetProperty("policies").EnumerateArray().ToArray();
        Assert.Equal(["Default", "Off"], policies.Select(static policy => policy.GetProperty("name").GetString()));
        Assert.Equal(
            """{"key":"KeepAlive:Interval","value":"00:00:03","default":"00:00:08","set":true}""",
            JsonSerializer.Serialize(Assert.Single(policies[0].GetProperty("settings").EnumerateArray(), static setting => setting.GetProperty("set").GetBoolean())));

        var state = await viewer.NextAsync("state");
        Assert.Equal("ready", state.GetProperty("readiness").GetString());
        Assert.Equal(1, state.GetProperty("generation").GetInt64());
        Assert.Equal(0, state.GetProperty("counts").GetProperty("all").GetInt32());

        await using var client = await proxy.ConnectAsync();
        await client.AskAsync(Family.Chat.Path);
        await backend.NextAsync();
        proxy.Clock.Advance(TimeSpan.FromSeconds(1));
        state = await viewer.NextAsync("state");
        Assert.Equal(1, state.GetProperty("counts").GetProperty("waiting").GetInt32());
        Assert.Equal("d1", state.GetProperty("streams")[0].GetProperty("destination").GetString());

        proxy.WriteConfig("""{ "EdgeProxy": { "StreamPolicies": { "Default": { "KeepAlive": { "Intervall": "00:00:03" } } } } }""");
        state = await MoveUntilAsync(proxy, viewer, static state => state.GetProperty("reload_failures").GetInt64() == 1);
        Assert.Contains("KeepAlive:Intervall", state.GetProperty("last_refusal").GetProperty("problems")[0].GetString(), StringComparison.Ordinal);

        proxy.WriteConfig(config.Route("third", "backend", "/third").ToString());
        proxy.Clock.Advance(TimeSpan.FromSeconds(1));
        var changed = proxy.Clock.AdvanceUntilAsync(viewer.NextAsync("configuration"), TimeSpan.FromSeconds(60));
        Assert.Equal(3, (await changed).GetProperty("routes").GetArrayLength());
        state = await viewer.NextAsync("state");
        Assert.Equal((2, JsonValueKind.Null), (state.GetProperty("generation").GetInt64(), state.GetProperty("last_refusal").ValueKind));
    }

    [Fact]
    public async Task Events_TellWhatHappened_ByCode_WithoutTheBackendsWords()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", static exchange =>
            exchange.AnswerAsync(429, "application/json", """{"error":{"message":"planted","type":"requests","code":"rate_limit_exceeded"}}"""));
        using var admin = new AdminClient(stage.Proxy);
        await using var client = await stage.AskAsync(headers: "x-request-id: mine\r\n");
        await stage.BodyAsync(client);
        await admin.StreamsAsync(static streams => streams is []);
        await using var viewer = await ViewAsync(admin);

        var state = await viewer.NextAsync("state");

        var recent = Assert.Single(state.GetProperty("recent").EnumerateArray());
        Assert.Equal("mine", recent.GetProperty("request_id").GetString());
        Assert.Equal(("rescued", "rate_limit_exceeded", 429), (recent.GetProperty("outcome").GetString(), recent.GetProperty("code").GetString(), recent.GetProperty("status").GetInt32()));
        Assert.Equal(1, state.GetProperty("rates").GetProperty("rescued").EnumerateArray().Sum(static count => count.GetInt32()));
        Assert.DoesNotContain("planted", state.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewers_AreLimited_AndALeavingOneMakesRoom()
    {
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig());
        using var admin = new AdminClient(proxy);
        var viewers = new List<Viewer>();
        for (var viewer = 0; viewer < LiveFeed.MaxViewers; viewer++)
        {
            viewers.Add(await ViewAsync(admin));
        }

        using (var refused = await admin.GetAsync("/events"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("5", refused.Headers.RetryAfter?.ToString());
        }

        await viewers[0].DisposeAsync();
        var patience = Patience.Token();
        var status = HttpStatusCode.ServiceUnavailable;
        while (status != HttpStatusCode.OK)
        {
            patience.ThrowIfCancellationRequested();
            using var answer = await admin.GetAsync("/events");
            status = answer.StatusCode;
        }

        foreach (var viewer in viewers)
        {
            await viewer.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", HttpStatusCode.OK)]
    [InlineData("none", HttpStatusCode.OK)]
    public async Task Events_AreNotForPagesOfOtherSites(string site, HttpStatusCode status)
    {
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig());
        using var admin = new AdminClient(proxy);

        using var answer = await admin.GetAsync("/events", site);

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Viewer_SeesTheDrain_AndDoesNotHoldItUp()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Family.Chat.Event + Family.Chat.Terminal + Family.Done);
        });
        using var admin = new AdminClient(stage.Proxy);
        await using var viewer = await ViewAsync(admin);
        Assert.Equal("ready", (await viewer.NextAsync("state")).GetProperty("readiness").GetString());
        await using var client = await stage.AskAsync();
        await gate.Reached;

        var drained = stage.Proxy.DrainAsync();
        var state = await MoveUntilAsync(stage.Proxy, viewer, static state => state.GetProperty("readiness").GetString() == "draining");
        Assert.Equal(1, state.GetProperty("counts").GetProperty("all").GetInt32());
        gate.Open();
        await client.ReadTextAsync();

        await drained.WaitAsync(Patience.Limit, TimeProvider.System);
        Assert.True(await viewer.EndsAsync());
    }

    private static async Task<Viewer> ViewAsync(AdminClient admin)
    {
        var answer = await admin.GetAsync("/events");
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.ToString());
        return new Viewer(answer, await answer.Content.ReadAsStreamAsync());
    }

    private static async Task<JsonElement> MoveUntilAsync(ProxyHost proxy, Viewer viewer, Func<JsonElement, bool> condition)
    {
        JsonElement state;
        do
        {
            state = await proxy.Clock.AdvanceUntilAsync(viewer.NextAsync("state"), TimeSpan.FromSeconds(60));
        }
        while (!condition(state));
        return state;
    }

    /// <summary>Somebody who looks on.</summary>
    private sealed class Viewer(HttpResponseMessage answer, Stream body) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SseItem<string>> _events = SseParser.Create(body).EnumerateAsync().GetAsyncEnumerator();

        /// <summary>The data of the next event of that name.</summary>
        public async Task<JsonElement> NextAsync(string name)
        {
            do
            {
                Assert.True(await _events.MoveNextAsync().AsTask().WaitAsync(Patience.Limit, TimeProvider.System), "The events ended.");
            }
            while (_events.Current.EventType != name);
            return JsonSerializer.Deserialize<JsonElement>(_events.Current.Data);
        }

        /// <summary>Reads to the end; true if that was a clean one.</summary>
        public async Task<bool> EndsAsync()
        {
            while (await _events.MoveNextAsync().AsTask().WaitAsync(Patience.Limit, TimeProvider.System))
            {
            }

            return true;
        }

        public async ValueTask DisposeAsync()
        {
            answer.Dispose();
            await body.DisposeAsync();
        }
    }
}
