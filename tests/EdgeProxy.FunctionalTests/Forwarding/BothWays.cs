using System.Text;
using System.Text.Json.Nodes;
using EdgeProxy.FunctionalTests.Upstream;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Forwarding;

/// <summary>The same exchange on the short way and on YARP's own, to which a route with any transform leads.</summary>
internal static class BothWays
{
    private const string Mark = "X-Mark: 1\r\n";

    /// <summary>Whether there is a short way at all: the framework's sockets have none.</summary>
    public static bool IsOnLoops => Environment.GetEnvironmentVariable("EDGEPROXY_TEST_TRANSPORT") is null or "Auto" or "Epoll";

    /// <summary>Asks over a connection that was used before, by a proxy of its own.</summary>
    /// <param name="request">The request's bytes.</param>
    /// <param name="answer">The backend's, after which it ends the connection.</param>
    /// <param name="hasTransforms">Whether the way is YARP's.</param>
    /// <param name="cut">How much of the answer comes first and by itself.</param>
    /// <param name="policy">The stream policy.</param>
    /// <returns>What the backend and the client saw, and how often the backend was connected to.</returns>
    public static async Task<(string Request, string Answer, int Connections)> AskAsync(string request, string answer, bool hasTransforms, int cut = 0, string policy = "{}")
    {
        var received = new TaskCompletionSource<string>();
        await using var backend = new RawBackend(async peer =>
        {
            await Warm(peer);
            received.TrySetResult(await peer.ReadRequestAsync());
            var first = Math.Min(cut, answer.Length);
            await peer.SendAsync(answer[..first]);
            await peer.SendAsync(answer[first..]);
            peer.Finish();
        });
        await using var proxy = await StartAsync(backend, hasTransforms, policy: policy);
        await using var client = await WarmClientAsync(proxy);
        await client.SendAsync(Encoding.Latin1.GetBytes(request.Insert(request.IndexOf("\r\n", StringComparison.Ordinal) + 2, Mark)));

        return (await received.Task.WaitAsync(Patience.Limit), await ReadAsync(client, request.StartsWith("HEAD", StringComparison.Ordinal)), backend.Connections);
    }

    private static async Task<string> ReadAsync(RawClient client, bool isHead)
    {
        try
        {
            var head = await client.ReadHeadAsync();
            var text = string.Join('\n', head.Text.Split("\r\n").Where(static line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            return isHead || head.Status is 204 or 304 ? text : text + await client.ReadTextAsync();
        }
        catch (RawConnectionException e)
        {
            return e.Message;
        }
    }

    /// <summary>The backend's part of making a connection a used one.</summary>
    public static async Task Warm(RawPeer peer)
    {
        await peer.ReadRequestAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwarm");
    }

    /// <summary>Connects, and has the proxy connect to its backend.</summary>
    public static async Task<RawClient> WarmClientAsync(ProxyHost proxy)
    {
        var client = await proxy.ConnectAsync();
        await client.SendAsync("GET /warm HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadHeadAsync();
        Assert.Equal("warm", await client.ReadTextAsync());
        return client;
    }

    /// <summary>Starts a proxy before one backend.</summary>
    public static Task<ProxyHost> StartAsync(RawBackend backend, bool hasTransforms, string? activityTimeout = null, string policy = "{}", bool hasAffinity = false)
    {
        var config = ProxyConfig.For(backend.Address, policy);
        if (hasTransforms)
        {
            config.Section("ReverseProxy", "Routes", "all")["Transforms"] = new JsonArray(new JsonObject { ["RequestHeadersCopy"] = "true" });
        }

        if (activityTimeout is not null)
        {
            config.Section("ReverseProxy", "Clusters", "backend", "HttpRequest")["ActivityTimeout"] = activityTimeout;
        }

        if (hasAffinity)
        {
            var affinity = config.Section("ReverseProxy", "Clusters", "backend", "SessionAffinity");
            affinity["Enabled"] = true;
            affinity["Policy"] = "HashCookie";
            affinity["AffinityKeyName"] = "affinity";
        }

        return ProxyHost.StartAsync(config);
    }

    /// <summary>Whether a request's headers are in the order of the short way: it begins with its own, YARP with the client's.</summary>
    public static bool IsShort(string request) =>
        request.IndexOf("X-Forwarded-For: ", StringComparison.Ordinal) < request.IndexOf(Mark, StringComparison.Ordinal);

    /// <summary>A request without the order of its headers.</summary>
    public static string Sorted(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = request[..end].Split("\r\n");
        var headers = lines[1..].Select(static line => line.Split(':', 2)).Select(static parts => $"{parts[0].ToLowerInvariant()}:{parts[1]}");

        // Each proxy has a backend of its own.
        return $"{lines[0]}\n{string.Join('\n', headers.Where(static line => !line.StartsWith("host:", StringComparison.Ordinal)).Order(StringComparer.Ordinal))}{request[end..]}";
    }
}
