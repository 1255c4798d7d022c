using System.Text.Json;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Admin;

/// <summary>Asks an admin listener.</summary>
internal sealed class AdminClient(ProxyHost proxy) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = proxy.Admin, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Asks, and reads no more than the head.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, string? fetchSite = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (fetchSite is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", fetchSite);
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
    }

    /// <summary>The running streams.</summary>
    public async Task<JsonElement[]> StreamsAsync() =>
        JsonSerializer.Deserialize<JsonElement[]>(await _http.GetStringAsync("/streams", Patience.Token()))!;

    /// <summary>Asks until the running streams are as they should be.</summary>
    public async Task<JsonElement[]> StreamsAsync(Func<JsonElement[], bool> condition)
    {
        var patience = Patience.Token();
        JsonElement[] streams;
        do
        {
            streams = await StreamsAsync();
            patience.ThrowIfCancellationRequested();
        }
        while (!condition(streams));
        return streams;
    }

    public void Dispose() => _http.Dispose();
}
