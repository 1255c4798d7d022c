using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>The same requests, sent by the proxy's client and by the framework's: a backend receives the same but for the headers' order.</summary>
public sealed class RequestsAsTheFrameworkTests
{
    private static readonly Dictionary<string, Func<Uri, HttpRequestMessage>> Requests = new()
    {
        ["GET"] = static uri => new(HttpMethod.Get, uri),
        ["GET with a query"] = static uri => new(HttpMethod.Get, new Uri(uri, "/a/b%20c?d=e%2Ff&g")),
        ["GET with a fragment"] = static uri => new(HttpMethod.Get, new Uri(uri, "/a#b")),
        ["GET beyond ASCII"] = static uri => new(HttpMethod.Get, new Uri(uri, "/caf\u00e9?\u00fc")),
        ["GET in small letters"] = static uri => new(new HttpMethod("get"), uri),
        ["HEAD"] = static uri => new(HttpMethod.Head, uri),
        ["HEAD in small letters"] = static uri => new(new HttpMethod("head"), uri),
        ["OPTIONS"] = static uri => new(HttpMethod.Options, uri),
        ["DELETE"] = static uri => new(HttpMethod.Delete, uri),
        ["own method"] = static uri => new(new HttpMethod("Purge-All"), uri),
        ["POST without content"] = static uri => new(HttpMethod.Post, uri),
        ["PUT without content"] = static uri => new(HttpMethod.Put, uri),
        ["PATCH without content"] = static uri => new(HttpMethod.Patch, uri),
        ["POST with nothing"] = static uri => new(HttpMethod.Post, uri) { Content = new ByteArrayContent([]) },
        ["POST"] = static uri => new(HttpMethod.Post, uri) { Content = new StringContent("{\"a\":\"\u00fc\"}", Encoding.UTF8, "application/json") },
        ["POST of 20 KB"] = static uri => new(HttpMethod.Post, uri) { Content = new ByteArrayContent(new byte[20_000]) },
        ["POST chunked"] = static uri => new(HttpMethod.Post, uri) { Content = new Pieces("hello", " ", "world") },
        ["POST chunked of 40 KB"] = static uri => new(HttpMethod.Post, uri) { Content = new Pieces("a", new string('b', 40_000), "c") },
        ["POST chunked with nothing"] = static uri => new(HttpMethod.Post, uri) { Content = new Pieces() },
        ["POST chunked with empty pieces"] = static uri => new(HttpMethod.Post, uri) { Content = new Pieces("", "a", "", "b", "") },
        ["DELETE with content"] = static uri => new(HttpMethod.Delete, uri) { Content = new StringContent("body") },
        ["GET with content"] = static uri => new(HttpMethod.Get, uri) { Content = new StringContent("body") },
        ["own headers"] = static uri => With(uri, ("X-Own", ["a", "b"]), ("x-own-2", [""]), ("Accept", ["text/event-stream", "*/*;q=0.1"]), ("Accept-Encoding", ["gzip"])),
        ["joined headers"] = static uri => With(uri, ("Cookie", ["a=1", "b=2"]), ("User-Agent", ["a/1", "(b)"]), ("Via", ["1.1 a", "1.1 b"])),
        ["headers beyond ASCII"] = static uri => With(uri, ("X-Own", ["caf\u00e9 \u0080\u00ff"])),
        ["authorization"] = static uri => With(uri, ("Authorization", ["Bearer abc"]), ("Proxy-Authorization", ["x"])),
        ["own host"] = static uri => With(uri, ("Host", ["front.example:8443"])),
        ["connection close"] = static uri => With(uri, ("Connection", ["close"])),
        ["te"] = static uri => With(uri, ("TE", ["trailers"])),
        ["content headers"] = static uri =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ByteArrayContent([1, 2, 3]) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "text/x; a=\"b\"");
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", ["br", "gzip"]);
            request.Content.Headers.TryAddWithoutValidation("X-In-Content", "a");
            return request;
        },
    };

    public static TheoryData<string> Names => [.. Requests.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Request_AsTheBackendReceivesIt_IsThatOfTheFramework(string name)
    {
        await using var backend = new RawBackend();
        using var framework = Asker.OfFramework();
        using var own = Asker.Own();
        Assert.Equal(await ReceivedAsync(backend, framework, Requests[name](backend.Address)), await ReceivedAsync(backend, own, Requests[name](backend.Address)));
    }

    private static async Task<string> ReceivedAsync(RawBackend backend, Asker asker, HttpRequestMessage request)
    {
        var sending = asker.SendAsync(request, Patience.Token());
        var peer = await backend.AcceptAsync();
        var received = await peer.ReadRequestAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        (await sending).Dispose();
        var end = received.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = received[..end].Split("\r\n");
        return string.Join("\n", lines[1..].Order(StringComparer.Ordinal).Prepend(lines[0])) + "\n\n" + received[(end + 4)..];
    }

    private static HttpRequestMessage With(Uri uri, params (string Name, string[] Values)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        foreach (var (name, values) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, values));
        }

        return request;
    }

    /// <summary>Content that is written in these pieces and tells no length.</summary>
    private sealed class Pieces(params string[] pieces) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            foreach (var piece in pieces)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(piece));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
