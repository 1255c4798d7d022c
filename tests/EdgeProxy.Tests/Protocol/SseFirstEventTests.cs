using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

public sealed class SseFirstEventTests
{
    [Theory]
    [InlineData("data: a\n\n", "", "a", true)]
    [InlineData("data:a\r\n\r\ndata: b\r\n\r\n", "", "a", true)]
    [InlineData("event: error\rdata: a\r\r", "error", "a", true)]
    [InlineData("data: a\nevent: error\nid: 1\n\nevent: b\ndata: c\n\n", "error", "a", true)]
    [InlineData("event: x\nevent: error\ndata: a\n\n", "error", "a", true)]
    [InlineData(": hello\n\n\nretry: 5\n\n: more\ndata: a\n\n", "", "a", true)]
    // A block without data is no event, and its name is not the next one's.
    [InlineData("event: error\n\ndata: a\n\n", "", "a", true)]
    // WHATWG HTML 9.2.6: several data lines are joined, an empty one included.
    [InlineData("data: a\ndata:\n: between\ndata:  b\n\ndata: c\n\n", "", "a\n\n b", true)]
    [InlineData("data\n\n", "", "", true)]
    [InlineData("data\ndata\n\n", "", "\n", true)]
    [InlineData("\uFEFFdata: a\n\n", "", "a", true)]
    [InlineData("\n\uFEFFdata: a\n\ndata: b\n\n", "", "b", true)]
    // Not dispatched: what there is of it.
    [InlineData("event: error\ndata: a\n", "error", "a", false)]
    [InlineData("event: error\ndata: a", "error", "a", false)]
    [InlineData("data: a\ndata: b", "", "a\nb", false)]
    [InlineData("", "", "", false)]
    [InlineData("\n\n: x\n\n", "", "", false)]
    [InlineData("Data: a\n\n", "", "", false)]
    public void Read_Stream_GivesItsFirstEvent(string stream, string name, string data, bool isDispatched)
    {
        var first = SseFirstEvent.Read(Encoding.UTF8.GetBytes(stream));

        Assert.Equal((name, data, isDispatched), (Encoding.UTF8.GetString(first.Name), Encoding.UTF8.GetString(first.Data), first.IsDispatched));
    }

    [Fact]
    public void Read_MillionsOfLines_TakesThemOnce()
    {
        var lines = string.Concat(Enumerable.Repeat("data\n", 500_000));

        Assert.Equal(499_999, SseFirstEvent.Read(Encoding.UTF8.GetBytes(lines + "\n")).Data.Length);
    }
}
