using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Streaming;

/// <summary>
/// One client's stream, and the only owner of the client's <see cref="PipeWriter"/>. It opens the stream (the commit), passes
/// whole events on, keeps the client company while the upstream is silent, and ends the stream in the dialect's way.
/// </summary>
/// <remarks>
/// What reaches the client always ends at an event boundary: the bytes of an unfinished event wait, so that a keep-alive is
/// legal at any time and an event that the upstream broke off is dropped instead of being glued to our error frame. Only an event
/// larger than <see cref="ClientStreamSettings.MaxBufferedEventBytes"/> is passed on as it comes; until it ends, nothing is added.
/// The relay is called by one thread at a time, <see cref="Tick"/> by the sweep; the gate stands between the two. The response's features are
/// looked up once: the context's own look-ups are not made for two threads.
/// No token is given to Kestrel's flush: cancelling a pending flush aborts the client's connection.
/// </remarks>
internal sealed partial class ClientStream : IEventSink, IDisposable
{
    private static ReadOnlySpan<byte> Bom => [0xEF, 0xBB, 0xBF];

    private readonly HttpContext _context;
    private readonly IHttpResponseFeature _head;
    private readonly IHttpResponseBodyFeature _body;
    private readonly PipeWriter _writer;
    private readonly Dialect _dialect;
    private readonly ClientStreamSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly long _start;
    private readonly long _created;
    private readonly bool _singleNewlineClient;
    private readonly WriteGate _gate = new();
    private readonly CancellationTokenSource _expired = new();

    private SseScanner _scanner;
    private EventTracker? _tracker;
    private HeldBytes _held;
    private bool _forwardedAny;
    private bool _isMidEvent;
    private bool _endsWithCr;
    private bool _dropLineFeed;
    private volatile StreamPhase _phase;
    private volatile bool _isWriting;
    private volatile bool _isFinished;

    /// <summary>Makes the stream; nothing is written yet.</summary>
    public ClientStream(HttpContext context, Dialect dialect, ClientStreamSettings settings, string requestId, TimeProvider timeProvider)
    {
        _context = context;
        _head = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        _body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _writer = _body.Writer;
        _dialect = dialect;
        _settings = settings;
        _timeProvider = timeProvider;
        _start = timeProvider.GetTimestamp();
        _created = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        _singleNewlineClient = ClientQuirks.NeedsSingleNewline(context.Request.Headers.UserAgent);
        RequestId = requestId;
    }

    /// <summary>Ties log, header and error frame together: the client's own, the upstream's, or ours.</summary>
    public string RequestId { get; private set; }

    /// <summary>The YARP route.</summary>
    public string Route { get; init; } = "";

    /// <summary>How far the stream has come.</summary>
    public StreamPhase Phase => _phase;

    /// <inheritdoc/>
    public bool IsFinished => _isFinished;

    /// <inheritdoc/>
    public bool IsCommitted => _phase == StreamPhase.Committed;

    /// <inheritdoc/>
    public bool WantsEvents { get; private set; } = true;

    /// <summary>Whether the stream waits for a place and no backend was asked yet.</summary>
    public bool IsQueued { get; set; }

    /// <summary>What has become of the stream so far.</summary>
    public StreamTally Tally { get; } = new();

    /// <summary>Where the registry keeps this stream; the registry's alone.</summary>
    internal int RegistryIndex { get; set; }

    /// <summary>How long the stream has been.</summary>
    public TimeSpan Age => Now;

    // A stream that waits for its first byte has no use for one.
    private EventTracker Tracker => _tracker ??= _dialect.CreateTracker();

    private TimeSpan Now => _timeProvider.GetElapsedTime(_start);

    /// <inheritdoc/>
    public async ValueTask<Stream?> TryPassThroughAsync(int status, IHeaderDictionary headers)
    {
        await _gate.EnterAsync();
        try
        {
            if (_phase != StreamPhase.Waiting)
            {
                return null;
            }

            _head.StatusCode = status;
            Add(_head.Headers, headers);

            _phase = StreamPhase.PassedThrough;
            NoteActivity();
            return new PassThroughBody(this, _body.Stream);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_isFinished)
        {
            return default;
        }

        var boundary = Scan(bytes.Span, out var sawEvent);
        var unfinished = boundary > 0 ? bytes.Length - boundary : _held.Count + bytes.Length;
        if (!_isFinished && ((_isMidEvent && boundary == 0) || unfinished > _settings.MaxBufferedEventBytes))
        {
            // An event too large to hold back: it passes as it comes.
            boundary = bytes.Length;
        }
        else if (boundary == 0)
        {
            _held.Append(bytes.Span);
            return default;
        }

        return ForwardAsync(bytes, boundary, sawEvent);
    }

    /// <summary>Gives back the buffers. The stream must have ended.</summary>
    public void Dispose() => _held.Clear();

    /// <summary>Reads on and returns how many of the bytes may go to the client: all up to the last event boundary among them.</summary>
    private int Scan(ReadOnlySpan<byte> bytes, out bool sawEvent)
    {
        var position = 0;
        var boundary = 0;
        sawEvent = false;
        while (_scanner.TryRead(bytes, ref position, out var line))
        {
            Tracker.OnLine(line);
            if (!line.EndsBlock)
            {
                continue;
            }

            boundary = position;
            if (line.DispatchesEvent)
            {
                sawEvent = true;
                Tally.Events++;
            }

            if (Tracker.SawDone)
            {
                _isFinished = true;
                return boundary;
            }
        }

        return _scanner.IsAtBoundary ? bytes.Length : boundary;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ForwardAsync(ReadOnlyMemory<byte> bytes, int boundary, bool sawEvent)
    {
        if (sawEvent)
        {
            NoteActivity();
        }

        _isWriting = true;
        await _gate.EnterAsync();
        try
        {
            if (_phase == StreamPhase.Waiting)
            {
                Commit();
            }
            else if (_phase != StreamPhase.Committed)
            {
                return;
            }

            Relay(bytes.Span, boundary);
            await FlushAsync();
            if (sawEvent || _isMidEvent)
            {
                // The upstream's silence begins when the client has taken what came before.
                Volatile.Write(ref _lastEvent, _lastWrite);
            }

            if (Tracker.SawDone)
            {
                await CompleteAsync();
            }
        }
        finally
        {
            _isWriting = false;
            _gate.Exit();
        }
    }

    /// <summary>Puts what was held and the bytes up to the boundary into the writer, and holds the rest back.</summary>
    private void Relay(ReadOnlySpan<byte> bytes, int boundary)
    {
        var due = bytes[..boundary];
        if (!_forwardedAny)
        {
            // Through the held bytes, so that a byte order mark is seen whole wherever the reads cut it.
            _forwardedAny = true;
            _held.Append(due);
            due = default;
        }

        var held = _held.Span;
        if (held.IsEmpty)
        {
            due = due[SkippedAtStart(due)..];
        }
        else
        {
            held = held[SkippedAtStart(held)..];
        }

        _writer.Write(held);
        _writer.Write(due);
        _endsWithCr = (due.IsEmpty ? held : due) is [.., (byte)'\r'];
        if (_isFinished && _endsWithCr && _scanner.LineEnding == LineEnding.CrLf)
        {
            // Nothing is read after [DONE], not even the LF that belongs to its CR.
            _writer.Write("\n"u8);
        }

        Tally.Bytes += held.Length + due.Length;
        _held.Clear();
        if (!_isFinished)
        {
            _held.Append(bytes[boundary..]);
        }

        _isMidEvent = _held.Count == 0 && !_isFinished && !_scanner.IsAtBoundary;
    }

    /// <summary>How many of the next bytes are left out because of what EdgeProxy wrote before them.</summary>
    private int SkippedAtStart(ReadOnlySpan<byte> bytes)
    {
        if (_dropLineFeed)
        {
            // A frame of ours came between a CR and the LF that belongs to it.
            _dropLineFeed = false;
            return bytes is [(byte)'\n', ..] ? 1 : 0;
        }

        // A byte order mark is one only at the very beginning of what the client sees (WHATWG HTML 9.2.5).
        return Tally.Bytes == 0 && Tally.CommittedEarly && bytes.StartsWith(Bom) ? Bom.Length : 0;
    }
}
