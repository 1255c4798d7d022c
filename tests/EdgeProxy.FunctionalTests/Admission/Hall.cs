using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EdgeProxy.Streaming;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.FunctionalTests.Admission;

/// <summary>
/// A proxy with few places, in front of a backend that answers each request when the test says so. Requests are told apart by
/// the header <c>x-name</c>.
/// </summary>
internal sealed class Hall : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Gate> _gates;

    private Hall(Stage stage, ConcurrentDictionary<string, Gate> gates)
    {
        Stage = stage;
        _gates = gates;
    }

    public Stage Stage { get; }

    public ProxyHost Proxy => Stage.Proxy;

    /// <summary>The names of the requests that have reached the backend, in order.</summary>
    public IEnumerable<string> Asked => Stage.Backend.Exchanges.Select(static exchange => exchange.Headers["x-name"]);

    /// <summary>How many streams wait.</summary>
    public int Queued
    {
        get
        {
            var streams = new List<ClientStream>();
            Proxy.Services.GetRequiredService<StreamRegistry>().CopyTo(streams);
            return streams.Count(static stream => stream.IsQueued);
        }
    }

    /// <summary>Opens it; the policy's <c>Admission</c> has these numbers.</summary>
    public static async Task<Hall> OpenAsync(int limit, int queue, string more = "", Family? family = null)
    {
        var gates = new ConcurrentDictionary<string, Gate>();
        var stage = await Stage.StartAsync(Policy(limit, queue, more), async exchange =>
        {
            await gates.GetOrAdd(exchange.Headers["x-name"], static _ => new Gate()).WaitAsync(exchange.AbortedToken);
            await exchange.StreamAsync((family ?? Family.Chat).Answer);
        });
        return new Hall(stage, gates);
    }

    /// <summary>A policy as JSON.</summary>
    /// <param name="limit">How many may run; null for any number.</param>
    /// <param name="queue">How many may wait.</param>
    /// <param name="more">More members of the policy, which may replace the ones that are there.</param>
    public static string Policy(int? limit, int queue, string more = "")
    {
        var policy = new JsonObject
        {
            ["Primer"] = new JsonObject { ["After"] = "00:00:00" },
            ["KeepAlive"] = new JsonObject { ["Interval"] = "00:00:02" },
            ["Admission"] = new JsonObject { ["MaxConcurrentStreams"] = limit, ["QueueLimit"] = queue },
        };
        foreach (var (name, value) in (JsonObject)JsonNode.Parse($"{{{more}}}")!)
        {
            policy[name] = value!.DeepClone();
        }

        return policy.ToJsonString();
    }

    /// <summary>A client that asks for a stream.</summary>
    public Task<RawClient> AskAsync(string name, string target = "/v1/chat/completions", string headers = "", string body = """{"model":"m","stream":true}""") =>
        Stage.AskAsync(target, $"x-name: {name}\r\n{headers}", body: body);

    /// <summary>A client whose request has come to the backend and stays there.</summary>
    public async Task<RawClient> RunningAsync(string name, string target = "/v1/chat/completions")
    {
        var client = await AskAsync(name, target);
        await _gates.GetOrAdd(name, static _ => new Gate()).Reached;
        return client;
    }

    /// <summary>A client that has got one event of an answer that goes on for ever.</summary>
    public async Task<RawClient> RunningWithAnEventAsync(string name)
    {
        Stage.Backend.Enqueue(static async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await exchange.HangAsync();
        });
        var client = await AskAsync(name);
        await client.ReadHeadAsync();
        await client.ReadUntilAsync(Family.Chat.Event);
        return client;
    }

    /// <summary>A client whose stream waits, as the so-manieth.</summary>
    public async Task<RawClient> QueuedAsync(string name, int place, string target = "/v1/chat/completions", string headers = "")
    {
        var client = await AskAsync(name, target, headers);
        await UntilQueuedAsync(place);
        return client;
    }

    /// <summary>Waits until so many streams wait.</summary>
    public Task UntilQueuedAsync(int count) => Patience.UntilAsync(() => Queued == count, $"{count} queued streams");

    /// <summary>Waits until the request has come to the backend.</summary>
    public Task UntilAskedAsync(string name) => _gates.GetOrAdd(name, static _ => new Gate()).Reached;

    /// <summary>Lets the backend answer.</summary>
    public void Answer(string name) => _gates.GetOrAdd(name, static _ => new Gate()).Open();

    public ValueTask DisposeAsync() => Stage.DisposeAsync();
}
