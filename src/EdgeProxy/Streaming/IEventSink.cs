using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Streaming;

/// <summary>What an attempt hands the upstream's answer to. It is called by one thread at a time.</summary>
internal interface IEventSink
{
    /// <summary>Whether the client's stream has ended: what is still written is dropped, the upstream need not be read on.</summary>
    bool IsFinished { get; }

    /// <summary>Whether an event stream is to be relayed as events; if not, it passes through as any answer does.</summary>
    bool WantsEvents { get; }

    /// <summary>
    /// The upstream answered with an event stream. Its headers go out with the commit if nothing was sent yet; the first
    /// event, or the end of the primer's delay, makes the commit.
    /// </summary>
    void Open(int status, IHeaderDictionary headers);

    /// <summary>Relays bytes of the event stream: whole events go on, the rest waits. Completes when the client has taken them.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// The upstream answered with something else. While nothing was sent, its answer may go to the client as it is: the
    /// status and headers are taken over and the stream for its body is returned. After the commit: null.
    /// </summary>
    ValueTask<Stream?> TryPassThroughAsync(int status, IHeaderDictionary headers);
}
