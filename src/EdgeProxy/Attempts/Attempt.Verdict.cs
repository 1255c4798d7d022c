using System.Text.Json;
using EdgeProxy.Protocol;
using EdgeProxy.Telemetry;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Attempts;

/// <summary>What the attempt came to, once the pipeline has run.</summary>
internal sealed partial class Attempt
{
    /// <summary>What is written into the request's <c>model</c>; null: the request's own.</summary>
    public string? Model => Target.Stage.Model;

    /// <summary>Whether a deadline of ours, not the client, ended the attempt, and the destination is to blame.</summary>
    public bool HasTimedOut => !ClientAborted.IsCancellationRequested
        && (_end == AttemptEnd.Silent || (_job.Expired.IsCancellationRequested && _sink.Expiry?.Source == FailureSource.Upstream));

    /// <summary>The client's own token, for those who ask whether the client left.</summary>
    public CancellationToken ClientAborted => _job.Client.RequestAborted;

    /// <summary>
    /// What came of it, in a word for the metric: <c>ok</c>, <c>lost</c> (a hedge), <c>cancelled</c> (not by the destination's doing),
    /// <c>disconnected</c> (in the middle of its answer), or the <see cref="AttemptFault"/> that kept it from answering.
    /// </summary>
    public string Outcome => _end == AttemptEnd.Lost ? "lost"
        : (Result?.Fault ?? (Result?.Status >= 400 ? AttemptFault.Status : null)) is not { } fault ? "ok"
        : ClientAborted.IsCancellationRequested || (_job.Expired.IsCancellationRequested && !HasTimedOut) ? "cancelled"
        : fault == AttemptFault.Reset && HasWon ? "disconnected"
        : JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.ToString());

    /// <summary>What is told of it, once it has ended.</summary>
    public AttemptReport Report() => new(
        _job.Policy.RouteId,
        Target.Stage.Cluster.ClusterId,
        Destination?.DestinationId,
        Outcome,
        VerdictWord,
        Result?.UpstreamStatus,
        FirstEventAfter);

    /// <summary>What the attempt says of its destination's health, for passive health checks.</summary>
    public DestinationVerdict Judge()
    {
        var fault = Fault();
        var error = fault == AttemptFault.ErrorEvent ? UpstreamError.ReadEvent(_captured.WrittenSpan) : null;
        return new DestinationEvidence
        {
            WasCalledOff = ClientAborted.IsCancellationRequested
                || _end == AttemptEnd.Lost
                || (_job.Expired.IsCancellationRequested && !HasTimedOut)
                || fault is AttemptFault.RequestBody or AttemptFault.Internal,
            WasSilent = HasTimedOut,
            IsBroken = fault is AttemptFault.Unreachable or AttemptFault.Reset || (HasWon && _answer == UpstreamAnswer.Events && !_sink.IsAnswerWhole),
            IsErrorEvent = fault == AttemptFault.ErrorEvent,
            IsRejection = UpstreamErrorWords.IsContentPolicy(error?.Code, error?.Type),
            Status = error?.Status ?? _response.StatusCode,
        }.Judge(_job.Policy.Attempts.RetryStatuses);
    }

    private AttemptFault? Fault()
    {
        if (_isErrorEvent)
        {
            return AttemptFault.ErrorEvent;
        }

        if (_end == AttemptEnd.Silent && _answer is (UpstreamAnswer.None or UpstreamAnswer.Events))
        {
            return AttemptFault.Silent;
        }

        var error = _context.Features.Get<IForwarderErrorFeature>()?.Error ?? ForwarderError.None;
        return _answer switch
        {
            UpstreamAnswer.None => BeforeHead(error),
            UpstreamAnswer.Captured => _response.StatusCode >= 400 ? AttemptFault.Status : AttemptFault.NotEventStream,

            // The stream was over before its upstream ended the response.
            UpstreamAnswer.Events when HasWon && _isEnough => null,

            // YARP also names an error where the answer is whole and only the request's body was not taken to its end.
            _ when _response.IsBroken => AttemptFault.Reset,
            _ when error == ForwarderError.None && _escaped is not null => AttemptFault.Internal,
            UpstreamAnswer.Events when !HasWon => AttemptFault.Reset,
            _ => null,
        };
    }

    private AttemptFault? BeforeHead(ForwarderError error) => error switch
    {
        ForwarderError.None when _escaped is not null => AttemptFault.Internal,
        ForwarderError.None => _response.StatusCode is >= 400 and < 500 ? AttemptFault.RequestBody : AttemptFault.Unreachable,
        ForwarderError.NoAvailableDestinations => AttemptFault.NoDestination,
        ForwarderError.RequestBodyClient => AttemptFault.RequestBody,
        ForwarderError.RequestCreation or ForwarderError.ResponseHeaders => AttemptFault.Internal,
        _ => AttemptFault.Unreachable,
    };
}
