using EdgeProxy.Protocol;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.AcceptanceTests.Page;

/// <summary>A proxy with streams in every state and five minutes behind it, on a clock that the test moves.</summary>
internal sealed class LiveScene : IAsyncDisposable
{
    private const string Event = """data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}""" + "\n\n";

    private readonly ScriptedBackend _backend;
    private readonly List<RawClient> _clients = [];
    private readonly RecentStreams _history;
    private readonly Random _random = new(7);
    private int _second;

    private LiveScene(ScriptedBackend backend, ProxyHost proxy)
    {
        _backend = backend;
        Proxy = proxy;
        _history = proxy.Services.GetRequiredService<RecentStreams>();
    }

    public ProxyHost Proxy { get; }

    public static async Task<LiveScene> StartAsync()
    {
        var backend = await ScriptedBackend.StartAsync(Answer);
        var config = new ProxyConfig()
            .Cluster("gpu", backend.Http1, backend.Http1)
            .Cluster("backup", backend.Http1)
            .Cluster("small", backend.Http1)
            .Route("chat", "gpu", "/v1/chat/{**rest}", "chat")
            .Route("claude", "backup", "/v1/messages")
            .Route("responses", "gpu", "/v1/responses")
            .Route("batch", "small", "/batch/{**rest}", "batch")
            .Route("files", "small", "/files/{**rest}", "Off")
            .Policy("chat", """
                {
                  "Primer": { "After": "00:00:01" }, "KeepAlive": { "Interval": "00:00:05" },
                  "Attempts": { "Max": 2, "Fallbacks": [ { "Cluster": "backup", "Model": "small" } ] }, "Errors": { "FinishChunk": true }
                }
                """)
            .Policy("batch", """{ "Admission": { "MaxConcurrentStreams": 2, "QueueLimit": 20 }, "Timeouts": { "FirstEvent": "00:30:00" } }""");
        var scene = new LiveScene(backend, await ProxyHost.StartManualAsync(config));
        scene.Pass(300 - 73);
        await scene.OpenAsync();
        return scene;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        await _backend.DisposeAsync();
    }

    /// <summary>Moves the clock while the page is looked at.</summary>
    public void Advance(double seconds) => Proxy.Clock.Advance(TimeSpan.FromSeconds(seconds));

    private static async Task Answer(BackendExchange exchange)
    {
        var what = exchange.Headers.GetValueOrDefault("x-do", "wait");
        if (what.StartsWith("stream", StringComparison.Ordinal))
        {
            await exchange.SendHeadAsync();
            for (var count = int.Parse(what.Split(' ')[1], null); count > 0; count--)
            {
                await exchange.WriteAsync(Event);
            }
        }
        else if (what == "json")
        {
            await exchange.SendHeadAsync(200, "application/json");
            await exchange.WriteAsync("{\"object\":");
        }
        else if (what == "busy once" && !exchange.Headers.ContainsKey("x-done"))
        {
            await exchange.AnswerAsync(503, "application/json", """{"error":{"message":"busy"}}""");
            return;
        }

        await exchange.HangAsync();
    }

    /// <summary>Lets seconds go by in which streams end.</summary>
    private void Pass(double seconds)
    {
        for (; seconds >= 1; seconds--, _second++)
        {
            for (var ended = _random.Next(1, 5) + (int)(3 * Math.Sin(_second / 40.0) + 3); ended > 0; ended--)
            {
                _history.Finished(Report("req-" + _second, StreamOutcome.Ok, Math.Exp(_random.NextDouble() * 4.4 - 1.6), null));
            }

            if (_second % 23 == 4)
            {
                _history.Finished(Report("req-gone", StreamOutcome.ClientGone, 1, null));
            }

            foreach (var (_, report) in Troubles.Where(trouble => trouble.Second == _second))
            {
                _history.Finished(report);
            }

            Advance(1);
        }

        Advance(seconds);
    }

    private static readonly (int Second, StreamReport Report)[] Troubles =
    [
        (30, Report("01997a3c5a1f7e1c8a3d5c0b7f8e9d10", StreamOutcome.Refused, null, Upstream("invalid_api_key", 401), route: "claude", dialect: DialectKind.AnthropicMessages, destination: "d1")),
        (121, Report("chatcmpl-7Qy2nXbbK", StreamOutcome.Ok, 3.4, null, attempts: 2)),
        (122, Report("01997a3c9b0e7a9aa0a1c57d1a4de2f1", StreamOutcome.Rescued, 2.1, StreamFailure.Disconnected(null))),
        (131, Report("01997a3cd2137d3f9c0e2a6ff71f3c0a", StreamOutcome.Rescued, null, Upstream("rate_limit_exceeded", 429), attempts: 3)),
        (203, Report("batch-2026-01-01-000417", StreamOutcome.Refused, null, StreamFailure.Overloaded(TimeSpan.FromSeconds(5)), route: "batch", attempts: 0, destination: null)),
        (243, Report("01997a3d7c117b5e93d5a5f6f0e81b2c", StreamOutcome.Rescued, 0.9, StreamFailure.Incomplete())),
        (281, Report("01997a3de0ff74c2b7a0c1f0de5a9f33", StreamOutcome.Cut, 0.2, StreamFailure.Disconnected(null), route: "responses", dialect: DialectKind.OpenAIResponses)),
    ];

    private static StreamFailure Upstream(string code, int status) => StreamFailure.Incomplete() with { Code = code, Status = status };

    private static StreamReport Report(
        string id, StreamOutcome outcome, double? first, StreamFailure? failure,
        string route = "chat", DialectKind dialect = DialectKind.OpenAIChat, int attempts = 1, string? destination = "d2") => new()
        {
            RequestId = id,
            Route = route,
            IsStream = true,
            BeganAt = DateTimeOffset.UnixEpoch,
            Destination = destination,
            Dialect = dialect,
            Outcome = outcome,
            Failure = failure,
            Status = failure?.Status ?? 200,
            UpstreamStatus = 200,
            Waited = null,
            CommittedAt = TimeSpan.FromSeconds(1),
            FirstEventAt = first is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            LongestGap = TimeSpan.FromSeconds(1.5),
            Events = 3,
            Bytes = 99,
            KeepAlives = 2,
            Attempts = attempts,
            StoppedBy = null,
            Duration = TimeSpan.FromSeconds((first ?? 4) * 4.3),
        };

    /// <summary>Streams of all states, and of ages that a person can tell apart.</summary>
    private async Task OpenAsync()
    {
        await AskAsync("/batch/v1/chat/completions", "stream 3");
        Pass(41.3);
        await AskAsync("/v1/chat/completions", "wait");
        await AskAsync("/batch/v1/chat/completions", "wait");
        Pass(22.4);
        await AskAsync("/v1/chat/completions", "stream 412", "x-request-id: session-81/turn-4\r\n");
        await AskAsync("/batch/v1/chat/completions", "wait", arrives: false);
        Pass(6.2);
        await AskAsync("/v1/messages", "stream 38");
        await AskAsync("/v1/responses", "json", arrives: true);
        Pass(2.1);
        await AskAsync("/v1/responses", "stream 1204");
        await AskAsync("/batch/v1/chat/completions", "wait", arrives: false);
        await AskAsync("/v1/chat/completions", "wait");
        Pass(0.6);
    }

    private async Task AskAsync(string target, string what, string headers = "", bool arrives = true)
    {
        var registry = Proxy.Services.GetRequiredService<StreamRegistry>();
        var before = registry.Count;
        var client = await Proxy.ConnectAsync();
        _clients.Add(client);
        await client.AskAsync(target, $"{headers}x-do: {what}\r\n");
        await Patience.UntilAsync(() => registry.Count > before, "the stream");
        if (!arrives)
        {
            return;
        }

        await _backend.NextAsync();
        if (what.StartsWith("stream", StringComparison.Ordinal))
        {
            var events = int.Parse(what.Split(' ')[1], null);
            var streams = new List<ClientStream>();
            await Patience.UntilAsync(
                () =>
                {
                    registry.CopyTo(streams);
                    return streams.Exists(stream => stream.Tally.Events == events);
                },
                "the events");
        }
        else if (what == "json")
        {
            await client.ReadHeadAsync();
        }
    }
}
