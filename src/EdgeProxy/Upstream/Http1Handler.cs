using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EdgeProxy.Upstream;

/// <summary>
/// Sends HTTP/1.1 requests without TLS over connections of the event loops, and leaves everything else to the framework's handler
/// behind it: HTTPS, HTTP/2, HTTP/1.0, upgrades, <c>Expect</c>, proxies and limits of connections.
/// </summary>
internal sealed class Http1Handler : DelegatingHandler
{
    // Often enough that a connection over its idle time does not stay for long.
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Http1Pool> _pools = new();
    private readonly ConcurrentDictionary<string, Http1Pool>.AlternateLookup<ReadOnlySpan<char>> _byAuthority;
    private readonly SocketsHttpHandler _framework;
    private readonly Action<Socket> _prepare;
    private readonly TimeProvider _time;
    private readonly UpstreamSettings _settings;
    private readonly bool _isPlain;
    private readonly ITimer _sweep;
    private int _isSweeping;

    /// <param name="framework">The handler that is set up; its settings count here too.</param>
    /// <param name="prepare">Sets a socket's options before it connects.</param>
    /// <param name="time">The clock of idle times and ages.</param>
    public Http1Handler(SocketsHttpHandler framework, Action<Socket> prepare, TimeProvider time)
        : base(framework)
    {
        _framework = framework;
        _prepare = prepare;
        _time = time;
        _settings = UpstreamSettings.Of(framework);
        _isPlain = !framework.UseProxy && framework.MaxConnectionsPerServer == int.MaxValue;
        _byAuthority = _pools.GetAlternateLookup<ReadOnlySpan<char>>();
        _sweep = time.CreateTimer(static handler => ((Http1Handler)handler!).Sweep(), this, Timeout.InfiniteTimeSpan, SweepInterval);
    }

    /// <summary>The connections for a request without anything special in it; null if it is not for this handler.</summary>
    public Http1Pool? FindPool(Uri uri, Version? version, HttpVersionPolicy? policy) =>
        IsOurs(uri, version ?? HttpVersion.Version20, policy ?? HttpVersionPolicy.RequestVersionOrLower) ? PoolOf(uri) : null;

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        IsOurs(request) ? SendOverOwnAsync(request, cancellationToken) : base.SendAsync(request, cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _sweep.Dispose();
        foreach (var pool in _pools.Values)
        {
            pool.Close();
        }

        base.Dispose(disposing);
    }

    private bool IsOurs(HttpRequestMessage request) =>
        IsOurs(request.RequestUri, request.Version, request.VersionPolicy)
        && request.Method != HttpMethod.Connect
        && !request.Headers.NonValidated.Contains("Upgrade")
        && !request.Headers.NonValidated.Contains("Expect");

    private bool IsOurs(Uri? uri, Version version, HttpVersionPolicy policy) =>
        _isPlain
        && uri is { Scheme: "http" }
        && version != HttpVersion.Version10
        && (version.Major == 1 || policy == HttpVersionPolicy.RequestVersionOrLower);

    private async Task<HttpResponseMessage> SendOverOwnAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var span = ClientSpan.Start(request, _framework.ActivityHeadersPropagator);
        var pool = PoolOf(request.RequestUri!);
        try
        {
            while (pool.Take() is { } idle)
            {
                if (await idle.SendAsync(request, cancellationToken) is { } answer)
                {
                    return span.Answered(answer);
                }
            }

            var connection = await pool.ConnectAsync(cancellationToken);
            return span.Answered(await connection.SendAsync(request, cancellationToken)
                ?? throw new HttpRequestException(HttpRequestError.ResponseEnded, "The destination closed the connection without an answer."));
        }
        catch (Exception e)
        {
            span.Failed(e);
            throw;
        }
    }

    private Http1Pool PoolOf(Uri uri)
    {
        var authority = HttpUrl.Authority(uri);
        return _byAuthority.TryGetValue(authority, out var known)
            ? known
            : _pools.GetOrAdd(authority.ToString(), static (_, to) => new(to.Uri, to.Self._settings, to.Self._prepare, to.Self._time, to.Self.SweepSoon), (Self: this, Uri: uri));
    }

    // Only while there is something to sweep: YARP lets go of a handler whose cluster has changed, and does not dispose it.
    private void SweepSoon()
    {
        if (Volatile.Read(ref _isSweeping) == 0 && Interlocked.Exchange(ref _isSweeping, 1) == 0)
        {
            _sweep.Change(SweepInterval, SweepInterval);
        }
    }

    private void Sweep()
    {
        var isEmpty = true;
        foreach (var pool in _pools.Values)
        {
            isEmpty &= pool.Sweep();
        }

        if (isEmpty)
        {
            _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Volatile.Write(ref _isSweeping, 0);
            if (_pools.Values.Any(static pool => !pool.IsEmpty))
            {
                SweepSoon();
            }
        }
    }
}
