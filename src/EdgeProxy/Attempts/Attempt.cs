using System.Buffers;
using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// One forwarding of the request to one destination. Runs the rest of the proxy pipeline on a child context, hands an event stream
/// to the sink as it comes, and keeps what another answer says for the error frame.
/// </summary>
internal sealed class Attempt : IDisposable
{
    /// <summary>How long an error answer's body may take once its head is here: the client is waiting for the verdict.</summary>
    private static readonly TimeSpan ErrorBodyLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the upstream may take to end its response after the stream's last event, so that its connection can be used again.
    /// The client's next request on the same connection waits for this.
    /// </summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromMilliseconds(100);

    private readonly HttpContext _client;
    private readonly IEventSink _sink;
    private readonly AttemptSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationToken _expired;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _aborted;
    private readonly ArrayBufferWriter<byte> _captured = new();
    private UpstreamAnswer _answer;
    private Stream? _passThrough;
    private Exception? _escaped;
    private bool _isEnough;

    /// <summary>Makes the attempt; <paramref name="expired"/> ends it when the stream's deadlines have passed.</summary>
    public Attempt(HttpContext client, IEventSink sink, AttemptSettings settings, TimeProvider timeProvider, CancellationToken expired)
    {
        _client = client;
        _sink = sink;
        _settings = settings;
        _timeProvider = timeProvider;
        _expired = expired;
        _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
        _aborted = CancellationTokenSource.CreateLinkedTokenSource(client.RequestAborted, expired, _limit.Token);
    }

    /// <summary>The model that a fallback asks for; null for the request's own.</summary>
    public string? Model { get; init; }

    /// <summary>When it began, as a timestamp of the time provider.</summary>
    public long BeganAt { get; private set; }

    /// <summary>What the attempt knows of its request.</summary>
    public AttemptSettings Settings => _settings;

    /// <summary>Whether a deadline of ours, not the client, ended the attempt.</summary>
    public bool HasExpired => _expired.IsCancellationRequested && !_client.RequestAborted.IsCancellationRequested;

    /// <summary>The client's own token, for those who ask whether the client left.</summary>
    public CancellationToken ClientAborted => _client.RequestAborted;

    /// <summary>Runs the rest of the pipeline once. Never throws for what the upstream or the client does.</summary>
    public async Task<AttemptResult> RunAsync(RequestDelegate next)
    {
        BeganAt = _timeProvider.GetTimestamp();
        var response = new AttemptResponse(_client, this);
        var context = AttemptContext.Create(_client, this, response, new AttemptLifetime(_aborted.Token));
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            // YARP 2.1 lets exceptions out on some error paths; what it has noted of the error still counts.
            _escaped = e;
        }

        if (_answer == UpstreamAnswer.PassedThrough)
        {
            PassTrailersThrough(response.Trailers);
        }

        var error = context.Features.Get<IForwarderErrorFeature>();
        return new AttemptResult
        {
            Answer = _answer,
            Fault = Classify(error?.Error, response),
            Status = response.StatusCode,
            ContentType = response.Headers.ContentType,
            RetryAfter = RetryAfter.ParseMilliseconds(response.Headers["retry-after-ms"])
                ?? RetryAfter.Parse(response.Headers.RetryAfter, _timeProvider.GetUtcNow()),
            Body = _captured.WrittenMemory,
            Exception = error?.Exception ?? _escaped,
            Destination = context.GetReverseProxyFeature().ProxiedDestination?.DestinationId,
        };
    }

    /// <summary>What the attempt, which has ended on its own <paramref name="context"/>, says of the destination.</summary>
    public DestinationVerdict Judge(HttpContext context)
    {
        var response = (AttemptResponse)context.Features.GetRequiredFeature<IHttpResponseFeature>();
        var fault = Classify(context.Features.Get<IForwarderErrorFeature>()?.Error, response);
        var evidence = new DestinationEvidence
        {
            WasCalledOff = _client.RequestAborted.IsCancellationRequested || fault is UpstreamFault.ClientBody or UpstreamFault.Internal,
            WasSilent = HasExpired,
            IsBroken = fault == UpstreamFault.BeforeHead || (fault == UpstreamFault.InBody && _answer != UpstreamAnswer.Captured && !_isEnough),
            Status = response.StatusCode,
        };
        return evidence.Judge(_client.GetEndpoint()?.Metadata.GetMetadata<StreamPolicy>()?.Attempts.RetryStatuses ?? []);
    }

    /// <summary>The response head is here. Returns whether its body is wanted.</summary>
    public async ValueTask<bool> OnHeadAsync(HttpResponse response, HttpResponseMessage upstream)
    {
        var isEventStream = _sink.WantsEvents
            && response.StatusCode is >= 200 and < 300
            && MediaTypes.IsEventStream(response.ContentType)
            && await UpstreamEncoding.TryDecodeAsync(response.Headers, upstream);

        // The head is handed on: from here YARP tells of a broken answer by a reset, and sets no other status.
        await response.StartAsync();
        if (isEventStream)
        {
            _answer = UpstreamAnswer.Events;
            _sink.Open(response.StatusCode, response.Headers);
            return true;
        }

        _passThrough = await _sink.TryPassThroughAsync(response.StatusCode, response.Headers);
        if (_passThrough is not null)
        {
            _answer = UpstreamAnswer.PassedThrough;
            return true;
        }

        _answer = UpstreamAnswer.Captured;
        _limit.CancelAfter(ErrorBodyLimit);
        return response.StatusCode >= 400 && await UpstreamEncoding.TryDecodeAsync(response.Headers, upstream);
    }

    /// <summary>Takes a piece of the response body.</summary>
    public ValueTask WriteBodyAsync(ReadOnlyMemory<byte> bytes)
    {
        switch (_answer)
        {
            case UpstreamAnswer.Events:
                return RelayAsync(bytes);
            case UpstreamAnswer.PassedThrough:
                return _passThrough!.WriteAsync(bytes);
            default:
                Capture(bytes.Span);
                return default;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _aborted.Dispose();
        _limit.Dispose();
    }

    private ValueTask RelayAsync(ReadOnlyMemory<byte> bytes)
    {
        var write = _sink.WriteAsync(bytes);
        if (!write.IsCompletedSuccessfully)
        {
            return AwaitedAsync(write);
        }

        write.GetAwaiter().GetResult();
        EndSoonIfFinished();
        return default;

        [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder))]
        async ValueTask AwaitedAsync(ValueTask pending)
        {
            await pending;
            EndSoonIfFinished();
        }
    }

    private void EndSoonIfFinished()
    {
        if (_sink.IsFinished && !_isEnough)
        {
            _isEnough = true;
            _limit.CancelAfter(EndLimit);
        }
    }

    private void Capture(ReadOnlySpan<byte> bytes)
    {
        var room = _settings.MaxErrorBodyBytes - _captured.WrittenCount;
        _captured.Write(bytes[..Math.Min(room, bytes.Length)]);
        if (bytes.Length >= room && !_isEnough)
        {
            _isEnough = true;
            _ = _limit.CancelAsync();
        }
    }

    private UpstreamFault Classify(ForwarderError? error, AttemptResponse response)
    {
        if (error is null or ForwarderError.None)
        {
            return _escaped is not null ? UpstreamFault.Internal
                : _answer == UpstreamAnswer.None && response.StatusCode is >= 400 and < 500 ? UpstreamFault.ClientBody
                : UpstreamFault.None;
        }

        if (_answer != UpstreamAnswer.None)
        {
            // YARP also names an error where the answer is whole and only the request's body was not taken to its end.
            return response.IsBroken ? UpstreamFault.InBody : UpstreamFault.None;
        }

        return error switch
        {
            ForwarderError.NoAvailableDestinations => UpstreamFault.NoDestination,
            ForwarderError.RequestBodyClient => UpstreamFault.ClientBody,
            ForwarderError.RequestCreation or ForwarderError.ResponseHeaders => UpstreamFault.Internal,
            _ => UpstreamFault.BeforeHead,
        };
    }

    private void PassTrailersThrough(IHeaderDictionary trailers)
    {
        if (trailers.Count > 0 && _client.Response.SupportsTrailers())
        {
            foreach (var trailer in trailers)
            {
                _client.Response.AppendTrailer(trailer.Key, trailer.Value);
            }
        }
    }
}
