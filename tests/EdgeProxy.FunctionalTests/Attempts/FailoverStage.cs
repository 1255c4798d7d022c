using System.Collections.Concurrent;
using System.Threading.Channels;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>One attempt as a backend saw it.</summary>
/// <param name="Backend">Which backend, from 0.</param>
/// <param name="At">When, on the proxy's clock.</param>
/// <param name="Exchange">The request.</param>
internal sealed record Visit(int Backend, TimeSpan At, BackendExchange Exchange);

/// <summary>Several scripted backends behind one proxy, which count and time the attempts.</summary>
internal sealed class FailoverStage : IAsyncDisposable
{
    private readonly List<ScriptedBackend> _backends = [];
    private readonly ConcurrentQueue<Visit> _visits = new();

    private FailoverStage()
    {
    }

    public ProxyHost Proxy { get; private set; } = null!;

    public ManualTimeProvider Clock => Proxy.Clock;

    /// <summary>Where the backends are, for HTTP/1.1.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _backends.Select(static backend => backend.Http1)];

    /// <summary>All attempts so far, in the order of their arrival.</summary>
    public IReadOnlyList<Visit> Visits => [.. _visits];

    /// <summary>Which backends were asked, in that order.</summary>
    public string Order => string.Join(' ', Visits.Select(static visit => visit.Backend));

    /// <summary>One cluster with a destination for each list of answers; the last answer of a list is given for ever.</summary>
    public static Task<FailoverStage> StartAsync(string policy, params Func<BackendExchange, Task>[][] answers) =>
        StartAsync(addresses => new ProxyConfig().Cluster("main", [.. addresses]).Route("all", "main").Policy("Default", policy), answers);

    /// <summary>A cluster <c>c0</c>, <c>c1</c>, … for each list of answers; the route leads to the first.</summary>
    public static Task<FailoverStage> StartClustersAsync(string policy, params Func<BackendExchange, Task>[][] answers) =>
        StartAsync(
            addresses =>
            {
                var config = new ProxyConfig().Route("all", "c0").Policy("Default", policy);
                for (var i = 0; i < addresses.Count; i++)
                {
                    config.Cluster($"c{i}", addresses[i]);
                }

                return config;
            },
            answers);

    public static async Task<FailoverStage> StartAsync(Func<IReadOnlyList<Uri>, ProxyConfig> config, params Func<BackendExchange, Task>[][] answers)
    {
        var stage = new FailoverStage();
        foreach (var (index, list) in answers.Index())
        {
            var next = -1;
            stage._backends.Add(await ScriptedBackend.StartAsync(exchange =>
            {
                stage._visits.Enqueue(new Visit(index, stage.Clock.Elapsed, exchange));
                return list[Math.Min(Interlocked.Increment(ref next), list.Length - 1)](exchange);
            }));
        }

        stage.Proxy = await ProxyHost.StartManualAsync(config(stage.Addresses));
        return stage;
    }

    /// <summary>A client that has asked for a stream and has read nothing yet.</summary>
    public async Task<RawClient> AskAsync(string target = "/v1/chat/completions", string headers = "", string body = """{"model":"m","stream":true}""")
    {
        var client = await Proxy.ConnectAsync();
        await client.AskAsync(target, headers, body);
        return client;
    }

    /// <summary>The same, and moves the clock so many seconds on, to where a second backend is asked while the first is silent.</summary>
    public async Task<RawClient> AskTwiceAsync(double after)
    {
        var pauses = Pauses(after, after);
        var client = await AskAsync();
        await Patience.UntilAsync(() => Visits.Count == 1, "the first attempt");
        Clock.Advance(await pauses.ReadAsync(Patience.Token()));
        await Patience.UntilAsync(() => Visits.Count == 2, "the second attempt");
        return client;
    }

    /// <summary>Moves the clock until the whole answer is here.</summary>
    public async Task<(RawHead Head, string Body)> AnswerAsync(RawClient client, double by = 120)
    {
        var limit = TimeSpan.FromSeconds(by) - Clock.Elapsed;
        return await Clock.AdvanceUntilAsync(ReadAsync(client), limit);
    }

    /// <summary>The pauses of so many seconds that the proxy waits from now on, each when it begins.</summary>
    public ChannelReader<TimeSpan> Pauses(double atLeast, double atMost)
    {
        var pauses = Channel.CreateUnbounded<TimeSpan>();
        Clock.OneShotSet += due =>
        {
            if (due.TotalSeconds >= atLeast && due.TotalSeconds <= atMost)
            {
                pauses.Writer.TryWrite(due);
            }
        };
        return pauses.Reader;
    }

    /// <summary>Moves the clock over each pause until the whole answer is here: it stands still while an attempt is under way.</summary>
    public async Task<(RawHead Head, string Body)> AnswerAsync(RawClient client, ChannelReader<TimeSpan> pauses)
    {
        var answer = ReadAsync(client);
        while (true)
        {
            var pause = pauses.ReadAsync().AsTask();
            if (await Task.WhenAny(answer, pause).WaitAsync(Patience.Limit) == answer)
            {
                return await answer;
            }

            Clock.Advance(await pause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        foreach (var backend in _backends)
        {
            await backend.DisposeAsync();
        }
    }

    /// <summary>The whole answer, which needs no more time.</summary>
    public static async Task<(RawHead Head, string Body)> ReadAsync(RawClient client) =>
        (await client.ReadHeadAsync(), await client.ReadTextAsync());
}

/// <summary>What a backend can do to a request.</summary>
internal static class Answers
{
    public const string ErrorJson = """{"error":{"message":"Backend says no.","type":"server_error","param":null,"code":"backend_code"}}""";

    /// <summary>A whole good chat answer.</summary>
    public static Task Good(BackendExchange exchange) => exchange.StreamAsync(Family.Chat.Answer);

    /// <summary>An error status with a JSON body.</summary>
    public static Func<BackendExchange, Task> Status(int status, params (string, string)[] headers) => Status(status, ErrorJson, headers);

    /// <summary>An error status with this body.</summary>
    public static Func<BackendExchange, Task> Status(int status, string body, params (string, string)[] headers) =>
        exchange => exchange.AnswerAsync(status, "application/json", body, headers);

    /// <summary>Takes the request and breaks the connection.</summary>
    public static Task Reset(BackendExchange exchange)
    {
        exchange.Reset();
        return Task.CompletedTask;
    }

    /// <summary>Sends the head of an event stream, then breaks the connection.</summary>
    public static async Task ResetAfterHead(BackendExchange exchange)
    {
        await exchange.SendHeadAsync();
        exchange.Reset();
    }

    /// <summary>Sends half an event, then ends the connection.</summary>
    public static async Task CutInFirstEvent(BackendExchange exchange)
    {
        await exchange.SendHeadAsync();
        await exchange.WriteAsync(Family.Chat.Event[..20]);
        exchange.Cut();
    }

    /// <summary>A clean end without any event.</summary>
    public static async Task Empty(BackendExchange exchange)
    {
        await exchange.SendHeadAsync();
        await exchange.WriteAsync(": nothing\n\n");
    }

    /// <summary>Sends the head of an event stream at once, and then no event.</summary>
    public static async Task SilentAfterHead(BackendExchange exchange)
    {
        await exchange.SendHeadAsync();
        await exchange.HangAsync();
    }

    /// <summary>Never answers.</summary>
    public static Task Silent(BackendExchange exchange) => exchange.HangAsync();

    /// <summary>An event stream that begins with an error.</summary>
    public static Task ErrorEvent(BackendExchange exchange) => exchange.StreamAsync($"event: error\ndata: {ErrorJson}\n\ndata: [DONE]\n\n");

    /// <summary>The same, without a name.</summary>
    public static Task ErrorData(BackendExchange exchange) => exchange.StreamAsync($"data: {ErrorJson}\n\n");

    public static Func<BackendExchange, Task> Named(string name) => name switch
    {
        "Good" => Good,
        "Reset" => Reset,
        "ResetAfterHead" => ResetAfterHead,
        "CutInFirstEvent" => CutInFirstEvent,
        "Empty" => Empty,
        "SilentAfterHead" => SilentAfterHead,
        "Silent" => Silent,
        "ErrorEvent" => ErrorEvent,
        "ErrorData" => ErrorData,
        _ => Status(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
    };
}
