using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;

namespace EdgeProxy.Hosting;

/// <summary>
/// The clock of the process's end. When the host begins to stop, the server takes no more connections and waits for the requests that run; here is
/// how long. After <c>EdgeProxy:Drain:Timeout</c> the streams that are left are told <c>edge_draining</c>; after <see cref="Margin"/> more
/// <see cref="GaveUp"/> ends the waiting for clients that do not take even that. Whoever stops the host passes that token: see <see cref="DrainAsync"/>.
/// </summary>
internal sealed partial class DrainService(
    IHostApplicationLifetime lifetime, StreamRegistry registry, IConfiguration configuration, TimeProvider time, ILogger<DrainService> logger) : IHostedService, IDisposable
{
    /// <summary>How long a client may take to read its stream's ending after the drain's timeout.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>After <see cref="EndNow"/> it is enough that no stream has ended for so long: on a busy machine hundreds need more than a moment.</summary>
    public static readonly TimeSpan Stillness = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, time);
    private readonly CancellationTokenSource _gaveUp = new(Timeout.InfiniteTimeSpan, time);
    private bool _isOver;
    private ITimer? _look;
    private int _left;
    private int _stillLooks;

    /// <summary>Cancelled when the server is to cut the connections that are left.</summary>
    public CancellationToken GaveUp => _gaveUp.Token;

    /// <summary>Stops the host and waits until the last request has ended, for as long as this service and <see cref="StopNet"/> let it.</summary>
    /// <returns>Whether the host has stopped; if not, it must not be disposed: that would wait for the same.</returns>
    public static async Task<bool> DrainAsync(IHost host)
    {
        // First of all, so that readiness and new requests know of it before the server begins to close.
        var services = host.Services;
        services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var gaveUp = services.GetRequiredService<DrainService>().GaveUp;

        // On a thread of its own: it may hang before its first await, too.
        return await services.GetRequiredService<StopNet>().WaitAsync(Task.Run(() => host.StopAsync(gaveUp), CancellationToken.None), gaveUp);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _deadline.Token.Register(EndStreams);
        _gaveUp.Token.Register(LogLeftOver);
        lifetime.ApplicationStopping.Register(Begin);
        return Task.CompletedTask;
    }

    /// <summary>Ends all streams now, each with its frame. The first call counts.</summary>
    public void EndNow()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            LogEndNow();
            _gaveUp.CancelAfter(Margin);
            _left = registry.Count;
            _look = time.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
        }

        _deadline.Cancel();
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            // A signal may still come, or a last look.
            _isOver = true;
            _look?.Dispose();
            _look = null;
        }

        _deadline.Dispose();
        _gaveUp.Dispose();
    }

    private void Begin()
    {
        var timeout = EdgeProxyOptions.Read(configuration).Drain.Timeout;
        LogBegin(timeout, registry.Count);
        lock (_lock)
        {
            if (!_isOver)
            {
                _gaveUp.CancelAfter(timeout + Margin);
                _deadline.CancelAfter(timeout);
            }
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            var left = registry.Count;
            _stillLooks = left < _left ? 0 : _stillLooks + 1;
            _left = left;
            if (_look is not null && _stillLooks * LookEvery >= Stillness)
            {
                _look.Dispose();
                _look = null;
                _gaveUp.CancelAfter(TimeSpan.Zero);
            }
        }
    }

    private void EndStreams()
    {
        if (registry.Count is > 0 and var streams)
        {
            LogDeadline(streams);
        }

        registry.Close(StreamFailure.Draining());
    }

    private void LogLeftOver()
    {
        if (registry.Count is > 0 and var streams)
        {
            LogGaveUp(streams);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Draining: streams may go on for {Timeout}; {Streams} are running", EventName = "DrainBegan")]
    private partial void LogBegin(TimeSpan timeout, int streams);

    [LoggerMessage(2, LogLevel.Information, "Draining: told to stop again, nothing is waited for any more", EventName = "DrainHurried")]
    private partial void LogEndNow();

    [LoggerMessage(3, LogLevel.Information, "Draining: the time is up, {Streams} streams are ended", EventName = "DrainEnded")]
    private partial void LogDeadline(int streams);

    [LoggerMessage(4, LogLevel.Warning, "Draining: {Streams} streams are cut, their clients did not read", EventName = "DrainGaveUp")]
    private partial void LogGaveUp(int streams);
}
