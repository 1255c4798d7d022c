using System.Globalization;
using EdgeProxy.Protocol;
using static EdgeProxy.Commands.Probe.Words;

namespace EdgeProxy.Commands.Probe;

/// <summary>
/// Bytes and instants in, timeline and report out; does no I/O and has no clock. Instants are times since the probe began and never
/// go back. May be called from any thread.
/// </summary>
/// <param name="dialect">Whose habits the stream is judged by.</param>
/// <param name="text">Makes the server's text safe.</param>
/// <param name="onMoment">Called with each line of the timeline as it happens, one at a time.</param>
internal sealed partial class ProbeTimeline(DialectKind dialect, ServerText text, Action<Moment>? onMoment = null)
{
    /// <summary>How many moments of a kind, and how many silences, are listed; what comes after is only counted.</summary>
    public const int MaxListed = 200;

    /// <summary>How much of an answer that is no event stream is read.</summary>
    public const int MaxPlainBytes = 1024 * 1024;

    /// <summary>A silence from this length on is told.</summary>
    public static readonly TimeSpan GapFrom = TimeSpan.FromSeconds(1);

    private const int MaxKeptBody = 64 * 1024;
    private const int MaxShownBody = 300;

    private readonly Lock _lock = new();
    private readonly EventReading _reading = new(dialect, text);
    private readonly Excerpt _plainBody = new(MaxKeptBody);
    private readonly List<Finding> _found = [];
    private readonly MomentList _moments = new(MaxListed, onMoment);
    private readonly SilenceLog _silences = new(GapFrom, MaxListed);
    private IReadOnlyList<string> _addresses = [];
    private string? _remote;
    private TlsFacts? _tls;
    private ResponseHead? _head;
    private TimeSpan? _dnsAt;
    private TimeSpan? _connectedAt;
    private TimeSpan? _tlsAt;
    private TimeSpan? _readyAt;
    private TimeSpan? _bodySentAt;
    private TimeSpan? _headersAt;
    private TimeSpan? _firstByteAt;
    private TimeSpan? _firstEventAt;
    private TimeSpan? _lastByteAt;
    private TimeSpan? _lastEventAt;
    private Silence _longestEventGap;
    private long _bytes;

    /// <summary>Whether there is no use in reading on.</summary>
    public bool HasEnough
    {
        get
        {
            lock (_lock)
            {
                return _head is { IsEventStream: false } && _bytes >= MaxPlainBytes;
            }
        }
    }

    /// <summary>The host's name stands for these addresses; the probe begins with asking for them.</summary>
    public void OnNames(TimeSpan at, string host, IReadOnlyList<string> addresses)
    {
        lock (_lock)
        {
            _dnsAt = at;
            _addresses = addresses;
            Tell(at, MomentKind.Dns, $"{host} is {string.Join(", ", addresses)}{Took(at, TimeSpan.Zero)}");
        }
    }

    /// <summary>A connection stands. <paramref name="failed"/>: the addresses that were tried before, each with what was wrong.</summary>
    public void OnConnected(TimeSpan at, string remote, IReadOnlyList<string> failed)
    {
        lock (_lock)
        {
            _connectedAt = at;
            _remote = remote;
            Tell(at, MomentKind.Connected, $"{remote}{Took(at, _dnsAt ?? TimeSpan.Zero)}{string.Concat(failed.Select(static failure => $"; {failure}"))}");
        }
    }

    /// <summary>TLS stands.</summary>
    public void OnTls(TimeSpan at, TlsFacts tls)
    {
        lock (_lock)
        {
            _tlsAt = at;
            _tls = tls;
            var certificate = tls.Subject is null ? "" : $", certificate of {tls.Subject} by {tls.Issuer}";
            var protocol = tls.Protocol is null ? "" : $", {tls.Protocol}";
            Tell(at, MomentKind.Tls, $"TLS {tls.Version}{protocol}{Took(at, _connectedAt)}{certificate}");
        }
    }

    /// <summary>The request can go out.</summary>
    public void OnReady(TimeSpan at)
    {
        lock (_lock)
        {
            _readyAt = at;
        }
    }

    /// <summary>The request's body is on its way as a whole.</summary>
    public void OnSent(TimeSpan at, long length)
    {
        lock (_lock)
        {
            _bodySentAt = at;
            Tell(at, MomentKind.Sent, $"the request, with a body of {Count(length, "byte")}");
        }
    }

    /// <summary>The head of the answer came.</summary>
    public void OnHead(TimeSpan at, ResponseHead head)
    {
        lock (_lock)
        {
            _headersAt = at;
            _head = head;
            var reason = head.Reason.Length == 0 ? "" : $" {head.Reason}";
            Tell(
                at,
                MomentKind.Headers,
                string.Create(CultureInfo.InvariantCulture, $"HTTP/{head.HttpVersion} {head.Status}{reason}{(Sent is { } sent ? $", {Seconds(at - sent)} after the request" : "")}"),
                head: head);
        }
    }

    /// <summary>A piece of the body came.</summary>
    public void OnBytes(TimeSpan at, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var silence = SilenceAt(at);
            if (_firstByteAt is null)
            {
                _firstByteAt = at;
                Tell(at, MomentKind.FirstByte, "of the body", silence);
                silence = null;
            }

            _lastByteAt = at;
            _bytes += bytes.Length;
            if (_head is { IsEventStream: true })
            {
                Read(at, bytes, silence);
            }
            else
            {
                _plainBody.Append(bytes);
                TellGap(at, silence);
            }
        }
    }

    /// <summary>The end, in whatever way it came.</summary>
    public ProbeReport End(TimeSpan at, EndKind ending, string? detail = null)
    {
        lock (_lock)
        {
            var silence = _headersAt is null ? null : SilenceAt(at);
            CountEventGap(at);
            Tell(at, MomentKind.End, EndOf(ending, detail), silence);
            return Report(at, ending, detail);
        }
    }

    private TimeSpan? Sent => _bodySentAt is { } sent && !(sent > _headersAt) ? sent : _readyAt;

    private static string EndOf(EndKind ending, string? detail) => ending switch
    {
        EndKind.Clean => "clean",
        EndKind.Cut => $"broken: {detail}",
        EndKind.Stopped => "not waited for: this is no event stream",
        _ => detail ?? ending.ToString(),
    };

    private static string Took(TimeSpan at, TimeSpan? since) => since is { } start ? $" in {Seconds(at - start)}" : "";

    private void Read(TimeSpan at, ReadOnlySpan<byte> bytes, TimeSpan? silence)
    {
        _found.Clear();
        _reading.Read(bytes, _found);
        foreach (var finding in _found)
        {
            if (finding.Kind == FindingKind.Event)
            {
                CountEventGap(at);
                _lastEventAt = at;
            }

            if (KindOf(finding) is { } kind)
            {
                Tell(at, kind, finding.Text, silence);
                silence = null;
            }
        }

        TellGap(at, silence);
    }

    private MomentKind? KindOf(Finding finding)
    {
        switch (finding.Kind)
        {
            case FindingKind.KeepAlive:
                return MomentKind.KeepAlive;
            case FindingKind.Error:
                return MomentKind.Error;
            case FindingKind.Terminal:
                return MomentKind.Terminal;
            case FindingKind.AfterDone:
                return MomentKind.AfterDone;
            case FindingKind.Event when _firstEventAt is null:
                _firstEventAt = _lastEventAt;
                return MomentKind.FirstEvent;
            default:
                return null;
        }
    }

    private void TellGap(TimeSpan at, TimeSpan? silence)
    {
        if (silence is not null)
        {
            Tell(at, MomentKind.Gap, "", silence);
        }
    }

    private TimeSpan? SilenceAt(TimeSpan at) => _silences.Add(new(at, at - (_lastByteAt ?? _headersAt ?? at)));

    private void CountEventGap(TimeSpan at)
    {
        var gap = new Silence(at, at - (_lastEventAt ?? _headersAt ?? at));
        _longestEventGap = gap.Length > _longestEventGap.Length ? gap : _longestEventGap;
    }

    private void Tell(TimeSpan at, MomentKind kind, string words, TimeSpan? silence = null, ResponseHead? head = null) =>
        _moments.Add(new(at, kind, words, silence, head));
}
