using System.Collections.Concurrent;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Provider;

/// <summary>
/// A provider of all the APIs. The path of a request tells it how to fail: <c>/{policy}/{fault}/{id}/…</c>, as every SDK lets its
/// user set the base URL and few let him set a header.
/// </summary>
internal sealed class FakeProvider : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _requests = new();
    private readonly TimeSpan _wait;
    private ScriptedBackend _backend = null!;

    private FakeProvider(TimeSpan wait) => _wait = wait;

    /// <summary>Where it listens, with HTTP/1.1.</summary>
    public Uri Address => _backend.Http1;

    /// <summary>Starts one.</summary>
    /// <param name="wait">How long it waits before a late answer, and again in the middle of it.</param>
    public static async Task<FakeProvider> StartAsync(TimeSpan wait)
    {
        var provider = new FakeProvider(wait);
        provider._backend = await ScriptedBackend.StartAsync(provider.AnswerAsync);
        return provider;
    }

    /// <summary>How many requests came under an id.</summary>
    public int Requests(string id) => _requests.GetValueOrDefault(id);

    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private async Task AnswerAsync(BackendExchange exchange)
    {
        var path = exchange.PathAndQuery.Split('?')[0];
        var api = Api.Of(path);
        var (fault, id) = (Enum.Parse<Fault>(path.Split('/')[2]), path.Split('/')[3]);
        _requests.AddOrUpdate(id, 1, static (_, count) => count + 1);
        switch (fault)
        {
            case Fault.Slow or Fault.Pause:
                if (fault == Fault.Slow)
                {
                    await WaitAsync(exchange);
                }

                exchange.SetHead();
                await exchange.WriteAsync(api.FirstHalf);
                await WaitAsync(exchange);
                await exchange.WriteAsync(api.SecondHalf);
                break;
            case Fault.EarlyRateLimit:
                // The waits that SDKs take from these headers are short, as the test is to see their retries, not to wait for them.
                await exchange.AnswerAsync(429, "application/json", api.RateLimit, ("retry-after-ms", "10"), ("x-request-id", "req_provider"), ("request-id", "req_provider"));
                break;
            case Fault.LateRateLimit:
                await WaitAsync(exchange);
                await exchange.AnswerAsync(429, "application/json", api.RateLimit, ("retry-after", "7"), ("x-request-id", "req_provider"), ("request-id", "req_provider"));
                break;
            case Fault.LateHtml:
                await WaitAsync(exchange);
                await exchange.AnswerAsync(200, "text/html", "<html><body>Please sign in</body></html>");
                break;
            case Fault.ErrorFirst:
                await exchange.StreamAsync(api.ErrorEvent);
                break;
            case Fault.Cut:
                exchange.SetHead();
                await exchange.WriteAsync(api.FirstHalf + api.SecondHalf[..20]);
                // The cut overtakes what the server has not handed to its socket yet.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, exchange.AbortedToken);
                exchange.Cut();
                break;
            case Fault.Stall:
                exchange.SetHead();
                await exchange.WriteAsync(api.FirstHalf);
                await exchange.HangAsync();
                break;
            default:
                throw new InvalidOperationException($"No such fault: {fault}");
        }
    }

    private Task WaitAsync(BackendExchange exchange) => Task.Delay(_wait, TimeProvider.System, exchange.AbortedToken);
}
