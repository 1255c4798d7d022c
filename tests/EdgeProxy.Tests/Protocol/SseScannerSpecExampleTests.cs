using System.Text;

namespace EdgeProxy.Tests.Protocol;

/// <summary>The examples that the standard itself gives (WHATWG HTML 9.2.1 and 9.2.6), with what it says of them.</summary>
public sealed class SseScannerSpecExampleTests
{
    [Fact]
    public void Spec_UnnamedEvents_FireAsMessages() => AssertEvents(
        "data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n",
        new("message", "This is the first message."),
        new("message", "This is the second message, it\nhas two lines."),
        new("message", "This is the third message."));

    [Fact]
    public void Spec_NamedEvents_FireByName() => AssertEvents(
        "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        new("add", "73857293"),
        new("remove", "2153"),
        new("add", "113411"));

    [Fact]
    public void Spec_StockTicker_JoinsItsDataLines() => AssertEvents(
        "data: YHOO\ndata: +2\ndata: 10\n\n",
        new SseEvent("message", "YHOO\n+2\n10"));

    [Fact]
    public void Spec_FourBlocks_FireThreeEventsAndResetTheId()
    {
        const string Stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
        AssertEvents(
            Stream,
            new("message", "first event"),
            new("message", "second event"),
            new("message", " third event"));
        Assert.True(SseReading.Of(Encoding.UTF8.GetBytes(Stream)).Scanner.SawId);
    }

    [Fact]
    public void Spec_EmptyData_FiresTwoEventsAndDiscardsTheUnfinishedOne() => AssertEvents(
        "data\n\ndata\ndata\n\ndata:",
        new("message", ""),
        new("message", "\n"));

    [Fact]
    public void Spec_OptionalSpace_FiresTwoIdenticalEvents() => AssertEvents(
        "data:test\n\ndata: test\n\n",
        new("message", "test"),
        new("message", "test"));

    private static void AssertEvents(string text, params SseEvent[] expected)
    {
        foreach (var ending in new[] { "\n", "\r\n", "\r" })
        {
            var stream = Encoding.UTF8.GetBytes(text.Replace("\n", ending, StringComparison.Ordinal));
            Assert.Equal(expected, SseReading.Oracle(stream));
            for (var cut = 0; cut <= stream.Length; cut++)
            {
                Assert.Equal(expected, SseReading.Of(stream, cut).Events);
            }
        }
    }
}
