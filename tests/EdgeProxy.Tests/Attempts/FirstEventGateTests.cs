using System.Text;
using EdgeProxy.Attempts;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Attempts;

/// <summary>What of a stream's beginning is held back, and what it is found to be.</summary>
public sealed class FirstEventGateTests
{
    private const int Limit = 64;
    private const string Chunk = "data: {\"choices\":[]}\n\n";

    /// <summary>(the pieces that come, separated by |; what the last is found to be; what is held then).</summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        { "", "None", "" },
        { ": hello\n\n", "None", ": hello\n\n" },
        { ": hello\n\n|id: 1\n\n|retry: 5\n\n|event: ping\n\n", "None", ": hello\n\nid: 1\n\nretry: 5\n\nevent: ping\n\n" },
        { "data: {", "None", "data: {" },
        { Chunk, "Good", "" },
        { Chunk + Chunk + "data: {", "Good", "" },
        { ": hello\n\n|" + Chunk, "Good", ": hello\n\n" + Chunk },
        { "data: {\"choices\"|:[]}\n|\n", "Good", Chunk },
        { "data: [DONE]\n\n", "Good", "" },
        { "event: error\ndata: {}\n\n", "Error", "event: error\ndata: {}\n\n" },
        { "event: error\n\n", "None", "event: error\n\n" },
        { "data: {\"error\":{\"code\":1}}\n\n", "Error", "data: {\"error\":{\"code\":1}}\n\n" },
        { ": x\n\n|data: {\"err|or\":{\"code\":1}}\r\n|\r\ndata: [DONE]\n\n", "Error", ": x\n\ndata: {\"error\":{\"code\":1}}\r\n\r\ndata: [DONE]\n\n" },
        { Chunk + "event: error\ndata: {}\n\n", "Good", "" },
        { "data: {\"error\":null}\n\n", "Good", "" },

        // More than is held back for one event: it passes.
        { ": " + new string('x', Limit), "Good", "" },
        { ": hello\n|data: " + new string('x', Limit), "Good", ": hello\ndata: " + new string('x', Limit) },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pieces_AreHeldUntilTheFirstEventIsKnown(string pieces, string expected, string held)
    {
        var gate = new FirstEventGate(Dialect.Of(DialectKind.OpenAIChat), Limit);

        var found = FirstEvent.None;
        foreach (var piece in pieces.Split('|'))
        {
            Assert.Equal(FirstEvent.None, found);
            found = gate.Take(Encoding.UTF8.GetBytes(piece));
        }

        Assert.Equal((Enum.Parse<FirstEvent>(expected), held), (found, Encoding.UTF8.GetString(gate.Held.Span)));
        gate.Clear();
        Assert.True(gate.Held.IsEmpty);
    }
}
