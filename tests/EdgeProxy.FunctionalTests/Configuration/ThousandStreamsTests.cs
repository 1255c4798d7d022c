using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using EdgeProxy.Streaming;
using EdgeProxy.TestKit;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.FunctionalTests.Configuration;

/// <summary>A thousand live streams and a hundred reloads: nothing is cut, lost or out of order, and nothing old is kept. Alone in the process, because the memory is measured.</summary>
[Collection(nameof(ThousandStreamsTests))]
[CollectionDefinition(nameof(ThousandStreamsTests), DisableParallelization = true)]
public sealed class ThousandStreamsTests
{
    private const int Streams = 1000;
    private const int Rounds = 100;
    private const int Settled = 20;

    /// <summary>
    /// Some thirty times what is measured, and half of what the limiters alone would take, if each kept the claims of five hundred streams.
    /// </summary>
    private const long HeapMargin = 2 << 20;

    /// <summary>YARP holds on to a sick destination until it is to be asked again, ten seconds on the proxy's clock.</summary>
    private const int LastSick = 80;

    private readonly Channel<string>[] _scripts = [.. Enumerable.Range(0, Streams).Select(static _ => Channel.CreateUnbounded<string>())];
    private readonly int[] _sent = new int[Streams];

    [Fact]
    public async Task HundredReloads_CutNoStream_LoseNoEvent_AndKeepNothingOld()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        await using var backend = await ScriptedBackend.StartAsync(PlayAsync);
        await using var proxy = await ProxyHost.StartManualAsync(Config(backend.H2c, round: 0));
        using var client = proxy.CreateClient(ClientProtocol.H2c);
        var answers = Enumerable.Range(0, Streams).Select(number => AnswerAsync(proxy, client, number, patience.Token)).ToArray();
        SendEvents(Enumerable.Range(0, Streams));
        var live = proxy.Services.GetRequiredService<StreamRegistry>();
        await Patience.UntilAsync(() => live.Count == Streams && backend.Exchanges.Count == Streams, "a thousand streams");

        var old = new List<(int Round, string What, WeakReference Reference)>();
        var (heap, descriptors) = (0L, 0);
        var refusals = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            if (round % 10 == 5)
            {
                proxy.Refuse(Invalid(backend.H2c, round));
                refusals++;
            }

            proxy.Reload(Config(backend.H2c, round));
            SendEvents(Enumerable.Range(0, Streams).Where(number => number % 10 == round % 10));
            if (round < Rounds)
            {
                Remember(proxy, round, old);
            }

            if (round == Settled)
            {
                (heap, descriptors) = (Heap(), Descriptors());
            }
        }

        Assert.Equal(Streams, live.Count);
        Assert.Equal((Rounds + 1, refusals), (proxy.State().Generation, proxy.State().ReloadFailures));
        var grown = Heap() - heap;
        Assert.True(grown < HeapMargin, $"The heap has grown by {grown >> 10} KiB in {Rounds - Settled} reloads.");
        Assert.InRange(Descriptors() - descriptors, int.MinValue, 50);
        Assert.Empty(old.Where(static one => one.Reference.IsAlive).Select(static one => $"{one.What} of round {one.Round}"));

        foreach (var script in _scripts)
        {
            script.Writer.TryWrite(Family.Chat.Terminal + Family.Done);
            script.Writer.Complete();
        }

        foreach (var (number, answer) in answers.Index())
        {
            var expected = string.Concat(Enumerable.Range(0, _sent[number]).Select(n => Event(number, n))) + Family.Chat.Terminal + Family.Done;
            Assert.Equal(expected, (await answer).Replace(": edgeproxy\n\n", "", StringComparison.Ordinal).Replace(": keep-alive\n\n", "", StringComparison.Ordinal));
        }

        Assert.Equal(Streams, backend.Exchanges.Count);
        Assert.Equal(refusals, proxy.Logs.Errors.Count());
    }

    /// <summary>Everything changes from round to round: policies, routes, clusters, destinations, handlers, limits, fallbacks.</summary>
    private static ProxyConfig Config(Uri backend, int round)
    {
        var config = new ProxyConfig()
            .Cluster("main", http2: true, [.. Enumerable.Repeat(backend, 1 + (round % 3))])
            .Cluster($"temporary{round % 7}", new Uri($"http://127.0.0.1:{1 + round}"))
            .Route("a", "main", "/a/{**rest}", "a")
            .Policy("a", $$"""
                {
                  "Primer": { "After": "00:00:00", "PaddingBytes": {{(round == 0 ? 0 : 100 + round)}} },
                  "Attempts": { "Fallbacks": [ { "Cluster": "temporary{{round % 7}}" } ] }
                }
                """)
            .Policy("b", $$"""{ "Primer": { "After": "00:00:00" }, "Admission": { "MaxConcurrentStreams": {{2000 - (round * 10)}}, "QueueLimit": {{round}} } }""");
        if (round % 2 == 0)
        {
            config.Route("b", "main", "/b/{**rest}", "b");
        }

        for (var i = 0; i < round % 5; i++)
        {
            config.Route($"new{round % 4}{i}", "main", $"/new{round % 4}{i}");
        }

        // That is a new handler and connection pool for the cluster.
        config.Section("ReverseProxy", "Clusters", "main", "HttpClient")["MaxConnectionsPerServer"] = 1000 + round;
        return config;
    }

    private static string Invalid(Uri backend, int round)
    {
        var config = Config(backend, round);
        switch (round / 10 % 3)
        {
            case 0:
                return config.ToString()[..(round * 3)];
            case 1:
                return config.Route("bad", "missing").ToString();
            default:
                config.Section("EdgeProxy", "StreamPolicies", "a")["KeepAlive"] = new JsonObject { ["Interval"] = "never" };
                return config.ToString();
        }
    }

    private static async Task<string> AnswerAsync(ProxyHost proxy, HttpClient client, int number, CancellationToken patience)
    {
        using var request = proxy.Post(ClientProtocol.H2c, number % 2 == 0 ? "/a/v1/chat/completions" : "/b/v1/chat/completions");
        request.Headers.Add("x-number", $"{number}");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience);
        return await answer.Content.ReadAsStringAsync(patience);
    }

    private async Task PlayAsync(BackendExchange exchange)
    {
        var script = _scripts[int.Parse(exchange.Headers["x-number"], System.Globalization.CultureInfo.InvariantCulture)];
        await exchange.SendHeadAsync();
        await foreach (var text in script.Reader.ReadAllAsync(exchange.AbortedToken))
        {
            await exchange.WriteAsync(text);
        }
    }

    private void SendEvents(IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            _scripts[number].Writer.TryWrite(Event(number, _sent[number]++));
        }
    }

    private static string Event(int number, int n) => Family.Chat.Event.Replace("Hello", $"{number}:{n}", StringComparison.Ordinal);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Remember(ProxyHost proxy, int round, List<(int Round, string What, WeakReference Reference)> old)
    {
        var endpoint = proxy.Services.GetRequiredService<EndpointDataSource>().Endpoints.Single(static endpoint => endpoint.Metadata.GetMetadata<StreamPolicy>()?.RouteId == "a");
        var clusters = proxy.Services.GetRequiredService<IProxyStateLookup>();
        Add("stream policy", endpoint.Metadata.GetRequiredMetadata<StreamPolicy>());
        Add("endpoint", endpoint);
        Add("route model", endpoint.Metadata.GetRequiredMetadata<RouteModel>());
        Assert.True(clusters.TryGetCluster("main", out var main));
        Add("cluster model", main.Model);
        Add("handler", main.Model.HttpClient);
        Assert.True(clusters.TryGetCluster($"temporary{round % 7}", out var temporary));
        Add("cluster", temporary);
        var destination = temporary.Destinations.Values.Single();
        Add("destination", destination);
        for (var failures = 0; round <= LastSick && failures < 3; failures++)
        {
            // Its breaker opens.
            proxy.Services.GetRequiredService<BreakerBoard>().Failed(temporary, destination, model: null, proxy.Clock.GetTimestamp());
        }

        void Add(string what, object thing) => old.Add((round, what, new WeakReference(thing)));
    }

    private static long Heap()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static int Descriptors() => Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0;
}
