using EdgeProxy.Protocol;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Streaming;

/// <summary>What an attempt hands the upstream's answer to. Answers are handed over by one thread at a time.</summary>
internal interface IEventSink
{
    /// <summary>Whether the client's stream has ended: what is still written is dropped, the upstream need not be read on.</summary>
    bool IsFinished { get; }

    /// <summary>Whether an event stream is to be relayed as events; if not, it passes through as any answer does.</summary>
    bool WantsEvents { get; }

    /// <summary>Whether the client's stream was opened: from then on only frames.</summary>
    bool IsCommitted { get; }

    /// <summary>Whether what the upstream gave so far is a whole answer, were it to end now.</summary>
    bool IsAnswerWhole { get; }

    /// <summary>How long the first event may still take. Negative once that has passed.</summary>
    TimeSpan UntilFirstEventDeadline { get; }

    /// <summary>The failure that time, or the end of this instance, has made of the stream; null while it may go on.</summary>
    StreamFailure? Expiry { get; }

    /// <summary>
    /// The upstream answered with an event stream. Its headers go out with the commit if nothing was sent yet; the first
    /// event, or the end of the primer's delay, makes the commit.
    /// </summary>
    void Open(int status, IHeaderDictionary headers);

    /// <summary>What was opened failed before its first event: its headers are not the answer's.</summary>
    void Withdraw();

    /// <summary>Relays bytes of the event stream: whole events go on, the rest waits. Completes when the client has taken them.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// The upstream answered with something else. While nothing was sent, its answer may go to the client as it is: the
    /// status and headers are taken over and the stream for its body is returned. After the commit: null.
    /// </summary>
    ValueTask<Stream?> TryPassThroughAsync(int status, IHeaderDictionary headers);
}
