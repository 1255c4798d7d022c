using System.Text;

namespace EdgeProxy.Bench.Load;

/// <summary>One connection of the load generator: sends its request, and holds the answer against what must come.</summary>
internal sealed class LoadConnection
{
    private readonly Meter _meter;
    private readonly HttpResponseParser _parser = new();
    private readonly EventVerifier _verifier;
    private readonly EventFormat _format;
    private readonly uint _stream;
    private readonly bool _isStream;
    private readonly bool _isClosedLoop;
    private readonly byte[] _request;
    private int _sent;
    private long _askedAt;
    private bool _sawBody;

    public LoadConnection(LoadOptions options, EventFormat format, StreamSpec spec, Meter meter)
    {
        _meter = meter;
        _verifier = new(meter);
        _format = format;
        _stream = spec.Stream;
        _isStream = options.Scenario != StreamMode.Short;
        _isClosedLoop = options.IsClosedLoop;
        var body = $$"""{"model":"bench:{{spec}}","stream":{{(_isStream ? "true" : "false")}},"messages":[{"role":"user","content":"Hello"}]}""";
        var headers = string.Concat(options.Headers.Select(static header => header + "\r\n"));
        _request = Encoding.ASCII.GetBytes(
            $"POST {options.Path} HTTP/1.1\r\nHost: {options.Target.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}");
    }

    /// <summary>What became of the connection's turn.</summary>
    public enum Turn
    {
        /// <summary>It goes on.</summary>
        Open,

        /// <summary>The answer has ended, and the connection can carry another request.</summary>
        Answered,

        /// <summary>The answer has ended, and the connection with it.</summary>
        AnsweredAndClosed,

        /// <summary>The connection is of no more use, and what was wrong is counted.</summary>
        Broken,
    }

    /// <summary>The socket; negative while there is none.</summary>
    public int Descriptor { get; set; } = -1;

    /// <summary>The request has been sent, whole.</summary>
    public bool HasAsked => _sent == _request.Length;

    /// <summary>The head of an answer has come at least once.</summary>
    public bool WasAnswered { get; private set; }

    /// <summary>A request has been made whose answer has not ended.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Makes ready for a new socket.</summary>
    public void Attach(int descriptor)
    {
        Descriptor = descriptor;
        _parser.Reset();
        Begin();
    }

    /// <summary>Makes ready for the next request.</summary>
    public void Begin()
    {
        _sent = 0;
        _sawBody = false;
        _askedAt = 0;
        IsWaiting = true;
        _verifier.Begin(_format, _stream, _isStream);
    }

    /// <summary>Sends the request, or what is left of it.</summary>
    /// <returns>False when the connection is dead.</returns>
    public bool Ask()
    {
        _askedAt = _askedAt == 0 ? Clock.Now : _askedAt;
        var count = Tcp.Send(Descriptor, _request.AsSpan(_sent));
        _sent += Math.Max(count, 0);
        return count >= 0;
    }

    /// <summary>Receives once.</summary>
    /// <param name="buffer">Room for what comes; shared by all connections.</param>
    public Turn Receive(Span<byte> buffer)
    {
        var count = Tcp.Receive(Descriptor, buffer);
        _meter.Now = Clock.Now;
        if (count == -1)
        {
            return Turn.Open;
        }

        if (count <= 0)
        {
            return OnClosed();
        }

        ReadOnlySpan<byte> input = buffer[..count];
        HttpPart part;
        while ((part = _parser.Next(ref input, out var body)) != HttpPart.NeedsMore)
        {
            switch (part)
            {
                case HttpPart.Head:
                    OnHead();
                    break;
                case HttpPart.Body:
                    OnBody(body);
                    break;
                case HttpPart.End:
                    return OnEnd(isWhole: input.IsEmpty);
                default:
                    return Fail(ViolationKind.BadHttp, input[..Math.Min(input.Length, 80)]);
            }
        }

        return Turn.Open;
    }

    /// <summary>The connection could not be made, or is given up.</summary>
    public Turn Fail(ViolationKind kind, ReadOnlySpan<byte> text)
    {
        _meter.Violations.Add(kind, _stream, text);
        if (WasAnswered && IsWaiting)
        {
            _verifier.End();
        }

        IsWaiting = false;
        return Turn.Broken;
    }

    private void OnHead()
    {
        WasAnswered = true;
        if (_meter.IsOpen || !_isClosedLoop)
        {
            _meter.Headers.Record(_meter.Now - _askedAt);
        }

        if (_parser.Status != 200)
        {
            _meter.Violations.Add(ViolationKind.BadStatus, _stream, Encoding.ASCII.GetBytes($"status {_parser.Status}"));
        }
    }

    private void OnBody(ReadOnlySpan<byte> body)
    {
        if (!_sawBody)
        {
            _sawBody = true;
            if (_meter.IsOpen || !_isClosedLoop)
            {
                _meter.FirstByte.Record(_meter.Now - _askedAt);
            }
        }

        _verifier.Feed(body);
    }

    private Turn OnEnd(bool isWhole)
    {
        IsWaiting = false;
        _verifier.End();
        _meter.OnAnswer(_askedAt);
        if (!isWhole)
        {
            _meter.Violations.Add(ViolationKind.BadHttp, _stream, "bytes after the answer's end"u8);
            return Turn.Broken;
        }

        return _parser.Closes ? Turn.AnsweredAndClosed : Turn.Answered;
    }

    private Turn OnClosed() =>
        _parser.EndsAtClose ? OnEnd(isWhole: true)
        : IsWaiting ? Fail(ViolationKind.BrokenConnection, _parser.IsBetweenAnswers ? "closed before an answer"u8 : "closed in the middle of an answer"u8)
        : Turn.AnsweredAndClosed;
}
