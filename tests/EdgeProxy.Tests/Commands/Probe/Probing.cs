using System.Text;
using EdgeProxy.Commands.Probe;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Commands.Probe;

/// <summary>A probe without a network: what comes and when is told to the timeline, in seconds since the probe began.</summary>
internal sealed class Probing
{
    public static readonly ResponseHead Sse = Head(200, "text/event-stream");

    private readonly ProbeTimeline _timeline;

    public Probing(DialectKind dialect = DialectKind.OpenAIChat, params string[] secrets)
    {
        _timeline = new ProbeTimeline(dialect, new ServerText(secrets), Moments.Add);
    }

    /// <summary>What was told while it happened.</summary>
    public List<Moment> Moments { get; } = [];

    /// <summary>The lines of the timeline as <c>seconds kind text [silence]</c>.</summary>
    public IEnumerable<string> Lines => Moments.Select(static moment => FormattableString.Invariant(
        $"{moment.At.TotalSeconds} {ProbeJson.Name(moment.Kind)} {moment.Text}{(moment.Silence is { } silence ? $" [{silence.TotalSeconds}]" : "")}"));

    public static ResponseHead Head(int status, string contentType, params (string Name, string Value)[] headers) => new()
    {
        Status = status,
        HttpVersion = "1.1",
        IsEventStream = contentType == ResponseHead.EventStream,
        Headers = [KeyValuePair.Create("content-type", contentType), .. headers.Select(static header => KeyValuePair.Create(header.Name, header.Value))],
    };

    /// <summary>A connection that is ready for the request at once.</summary>
    public Probing Connect()
    {
        _timeline.OnConnected(TimeSpan.Zero, "192.0.2.1:443", []);
        _timeline.OnReady(TimeSpan.Zero);
        return this;
    }

    public Probing Answer(double at, ResponseHead? head = null)
    {
        _timeline.OnHead(TimeSpan.FromSeconds(at), head ?? Sse);
        return this;
    }

    public Probing Bytes(double at, string text, int pieceLength = int.MaxValue) => Bytes(at, Encoding.UTF8.GetBytes(text), pieceLength);

    public Probing Bytes(double at, byte[] bytes, int pieceLength)
    {
        for (var i = 0; i < bytes.Length; i += Math.Min(pieceLength, bytes.Length))
        {
            _timeline.OnBytes(TimeSpan.FromSeconds(at), bytes.AsSpan(i, Math.Min(pieceLength, bytes.Length - i)));
        }

        return this;
    }

    public ProbeReport End(double at, EndKind ending = EndKind.Clean, string? detail = null) => _timeline.End(TimeSpan.FromSeconds(at), ending, detail);

    /// <summary>A stream that comes as a whole, at once.</summary>
    public static ProbeReport Whole(DialectKind dialect, string stream, int pieceLength = int.MaxValue) =>
        new Probing(dialect).Connect().Answer(0.1).Bytes(0.1, stream, pieceLength).End(0.1);

    /// <summary>Events of a chat, all but the first <c>finish_reason</c> null.</summary>
    public static string Chat(int count = 1, bool finished = false, bool done = false) =>
        string.Concat(Enumerable.Repeat("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n", count))
        + (finished ? "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" : "")
        + (done ? "data: [DONE]\n\n" : "");
}
