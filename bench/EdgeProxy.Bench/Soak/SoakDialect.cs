using System.Globalization;
using System.Text;

namespace EdgeProxy.Bench.Soak;

/// <summary>The events of one API family. The text of event <c>n</c> is <c>soak:ID:n:</c> and as many <c>x</c> as asked for.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Path">Where its clients ask.</param>
/// <param name="Before">What stands before an event's text.</param>
/// <param name="After">What stands behind it.</param>
/// <param name="Terminal">The events that end a good stream as the backend sends it.</param>
/// <param name="TerminalData">The data of the last of them, as a client sees it; null if the stream's end is the end.</param>
internal sealed record SoakDialect(string Name, string Path, string Before, string After, string Terminal, string? TerminalData)
{
    private const string Done = "[DONE]";
    private const string Completed = """{"type":"response.completed","sequence_number":99,"response":{"id":"r","status":"completed"}}""";
    private const string Stop = """{"type":"message_stop"}""";

    /// <summary>All of the soak.</summary>
    public static readonly IReadOnlyList<SoakDialect> All =
    [
        new(
            "OpenAIChat", "/v1/chat/completions", "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
            "\"},\"finish_reason\":null}]}\n\n", "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", Done),
        new(
            "OpenAIResponses", "/v1/responses", "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,\"delta\":\"", "\"}\n\n",
            $"event: response.completed\ndata: {Completed}\n\n", Completed),
        new(
            "AnthropicMessages", "/v1/messages", "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"", "\"}}\n\n",
            $"event: message_stop\ndata: {Stop}\n\n", Stop),
        new("Generic", "/v2/anything", "event: output\ndata: {\"text\":\"", "\"}\n\n", "", null),
    ];

    /// <summary>What event <paramref name="n"/>'s text begins with.</summary>
    public static string Mark(long id, int n) => string.Create(CultureInfo.InvariantCulture, $"soak:{id}:{n}:");

    /// <summary>An event as the backend sends it.</summary>
    public byte[] Event(SoakScript script, int n)
    {
        var mark = Mark(script.Id, n);
        var bytes = new byte[Before.Length + mark.Length + script.EventBytes + After.Length];
        var end = Encoding.ASCII.GetBytes(Before, bytes);
        end += Encoding.ASCII.GetBytes(mark, bytes.AsSpan(end));
        bytes.AsSpan(end, script.EventBytes).Fill((byte)'x');
        Encoding.ASCII.GetBytes(After, bytes.AsSpan(end + script.EventBytes));
        return bytes;
    }
}
