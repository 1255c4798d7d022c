using System.Net.ServerSentEvents;
using System.Text;

namespace EdgeProxy.TestKit;

/// <summary>An event as a client sees it.</summary>
internal sealed record SseEvent(string Type, string Data)
{
    public override string ToString() => $"{Type}: {(Data.Length > 200 ? Data[..200] + "…" : Data)}";
}

/// <summary>The framework's own parser as the independent reader of what EdgeProxy writes.</summary>
internal static class Sse
{
    /// <summary>The events of a whole body.</summary>
    public static List<SseEvent> Parse(ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream(bytes.ToArray());
        return [.. SseParser.Create(stream).Enumerate().Select(static item => new SseEvent(item.EventType, item.Data))];
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static List<SseEvent> Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>The events of a live body, each when it comes.</summary>
    public static async IAsyncEnumerable<SseEvent> ReadAsync(Stream body)
    {
        await foreach (var item in SseParser.Create(body).EnumerateAsync())
        {
            yield return new SseEvent(item.EventType, item.Data);
        }
    }
}
