using EdgeProxy.Configuration;
using EdgeProxy.Detection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Attempts;

/// <summary>One request's body as its attempts need it: recorded where a further one may follow, with another model in it where a fallback names one.</summary>
internal sealed class AttemptBody : IAsyncDisposable
{
    private readonly HttpContext _client;
    private readonly ReplayBody? _recorded;
    private readonly bool _isThere;

    /// <summary>Takes the request's body over where further attempts may need it; a policy of a single attempt leaves it alone.</summary>
    public AttemptBody(HttpContext client, AttemptOptions options)
    {
        _client = client;
        _isThere = BodyFormat.HasBody(client.Request);
        if (_isThere && (options.Max > 1 || options.Fallbacks.Count > 0 || options.HedgeAfter is not null))
        {
            _recorded = ReplayBody.Of(client.Request, options.ReplayBufferBytes);
        }
    }

    /// <summary>Whether a further attempt, after those so far have ended, can have the whole body.</summary>
    public bool CanReplay => !_isThere || _recorded is { CanReplay: true } or { IsStartKept: true };

    /// <summary>Whether a further attempt can have the whole body now, while another one reads it.</summary>
    public bool IsWhole => !_isThere || _recorded is { IsComplete: true };

    /// <summary>The body with <paramref name="model"/> in it, read to its end for that; null where that cannot be: it goes on unchanged.</summary>
    public async ValueTask<RewrittenBody?> RewriteAsync(string? model, CancellationToken cancellationToken)
    {
        if (model is null || _recorded is null)
        {
            return null;
        }

        try
        {
            return await _recorded.CompleteAsync(cancellationToken)
                ? _recorded.Inspect(body => ModelRewriter.TryRewrite(body, BodyFormat.Of(_client.Request), model, out var rewritten) ? rewritten : null)
                : null;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The attempt finds the same when it reads, and says so.
            return null;
        }
    }

    /// <summary>The request as one attempt sends it; null: as the client does.</summary>
    public AttemptRequest? Open(RewrittenBody? rewritten)
    {
        if (_recorded is null)
        {
            return null;
        }

        var client = _client.Features.GetRequiredFeature<IHttpRequestFeature>();
        var body = _recorded.OpenReader();
        return rewritten is null
            ? new AttemptRequest(client, body, contentLength: null)
            : new AttemptRequest(client, rewritten.OpenReader(body), rewritten.Length);
    }

    /// <summary>No further attempt will follow: the winner reads on, and the record's memory goes back as it does.</summary>
    public void Release(AttemptRequest? winner) => _recorded?.Release(winner?.Body);

    /// <summary>Gives all back; a read of the client's body that an attempt has left behind is waited for.</summary>
    public ValueTask DisposeAsync() => _recorded?.DisposeAsync() ?? default;
}
