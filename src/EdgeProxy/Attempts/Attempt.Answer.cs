using System.Buffers;
using System.Runtime.CompilerServices;
using EdgeProxy.Protocol;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Attempts;

/// <summary>The upstream's answer, as it comes.</summary>
internal sealed partial class Attempt
{
    private readonly FirstEventGate _first;
    private readonly ArrayBufferWriter<byte> _captured = new();
    private UpstreamAnswer _answer;
    private Stream? _passThrough;
    private bool _isErrorEvent;
    private bool _mayDecideByBody;
    private bool _isBodyUnread;
    private bool _isEnough;

    /// <summary>Whether a response with this head is relayed as events, once nothing encodes its body.</summary>
    public bool TakesAsEvents(HttpResponse response) =>
        _sink.WantsEvents
        && response.StatusCode is >= 200 and < 300
        && MediaTypes.IsEventStream(response.ContentType);

    /// <summary>The head of an event stream is here, and its body can be read as it is.</summary>
    public async ValueTask OpenAsync(HttpResponse response)
    {
        // The head is handed on: from here YARP tells of a broken answer by a reset, and sets no other status.
        await response.StartAsync();
        _answer = UpstreamAnswer.Events;
        _sink.Open(response.StatusCode, response.Headers);
    }

    /// <summary>The response head is here. Returns whether its body is wanted.</summary>
    public async ValueTask<bool> OnHeadAsync(HttpResponse response, HttpResponseMessage upstream)
    {
        if (TakesAsEvents(response) && await UpstreamEncoding.TryDecodeAsync(response.Headers, upstream))
        {
            await OpenAsync(response);
            return true;
        }

        await response.StartAsync();

        _mayDecideByBody = RetryDecision.NeedsBody(response.StatusCode, _plan.HasFallback, _job.Policy.Attempts)
            && UpstreamEncoding.IsReadable(response.Headers);
        var isHeld = response.StatusCode >= 400 && (_mayDecideByBody || _plan.MayGoOn(this, AttemptFault.Status, FailureByHead(response)));
        if (!isHeld)
        {
            _passThrough = Win() ? await _sink.TryPassThroughAsync(response.StatusCode, response.Headers) : null;
            if (_passThrough is not null)
            {
                _answer = UpstreamAnswer.PassedThrough;
                return true;
            }
        }

        _answer = UpstreamAnswer.Captured;
        _limit.CancelAfter(ErrorBodyLimit);
        _isBodyUnread = response.StatusCode < 400 || !await UpstreamEncoding.TryDecodeAsync(response.Headers, upstream);
        return !_isBodyUnread;
    }

    /// <summary>Takes a piece of the response body.</summary>
    public ValueTask WriteBodyAsync(ReadOnlyMemory<byte> bytes) => _answer switch
    {
        UpstreamAnswer.Events => HasWon ? RelayAsync(bytes) : TakeFirstAsync(bytes),
        UpstreamAnswer.PassedThrough => _passThrough!.WriteAsync(bytes),
        _ => CaptureAsync(bytes),
    };

    private ValueTask TakeFirstAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_isEnough)
        {
            return default;
        }

        var isFirstRead = _first.Held.IsEmpty;
        var verdict = _first.Take(bytes.Span);
        if (verdict == FirstEvent.None)
        {
            return default;
        }

        if (verdict == FirstEvent.Error && IsFailureOfItsOwn())
        {
            _isErrorEvent = true;
            Enough();
            return default;
        }

        if (!Win())
        {
            Enough();
            return default;
        }

        if (verdict == FirstEvent.Good)
        {
            _plan.OnFirstEvent(this);
        }

        return isFirstRead && verdict == FirstEvent.Good ? RelayAsync(bytes) : RelayHeldAsync();
    }

    /// <summary>
    /// Whether an error as first event is kept from the client: another attempt may follow, or the client is to learn how many there
    /// were. The error of an only attempt goes on as the upstream wrote it.
    /// </summary>
    private bool IsFailureOfItsOwn()
    {
        _captured.Write(_first.Held.Span[..Math.Min(_first.Held.Length, _job.Policy.MaxErrorBodyBytes)]);
        return _plan.MayGoOn(this, AttemptFault.ErrorEvent, UpstreamError.ReadEvent(_captured.WrittenSpan))
            || (_sink.IsCommitted && _plan.Count > 1);
    }

    private async ValueTask RelayHeldAsync()
    {
        await RelayAsync(_first.Held);
        _first.Clear();
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

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
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

    private ValueTask CaptureAsync(ReadOnlyMemory<byte> bytes)
    {
        var room = _job.Policy.MaxErrorBodyBytes - _captured.WrittenCount;
        if (bytes.Length <= room)
        {
            _captured.Write(bytes.Span);
            return default;
        }

        if (_mayDecideByBody && !_isEnough && !_sink.IsCommitted)
        {
            return StopHoldingAsync(bytes);
        }

        _captured.Write(bytes.Span[..room]);
        Enough();
        return default;
    }

    /// <summary>An answer too long to be one of those that are decided by their body: it goes to the client as it is.</summary>
    private async ValueTask StopHoldingAsync(ReadOnlyMemory<byte> bytes)
    {
        _passThrough = Win() ? await _sink.TryPassThroughAsync(_response.StatusCode, _response.Headers) : null;
        if (_passThrough is null)
        {
            Enough();
            return;
        }

        _limit.CancelAfter(Timeout.InfiniteTimeSpan);
        _answer = UpstreamAnswer.PassedThrough;
        await _passThrough.WriteAsync(_captured.WrittenMemory);
        await _passThrough.WriteAsync(bytes);
    }

    private void Enough()
    {
        if (!_isEnough)
        {
            _isEnough = true;
            _ = _limit.CancelAsync();
        }
    }

    private StreamFailure FailureByHead(HttpResponse response) =>
        UpstreamError.Read(response.StatusCode, response.ContentType, default, RetryAfterOf(response.Headers), ErrorDetail.Upstream);
}
