using System.Text;
using EdgeProxy.Bench.Load;

namespace EdgeProxy.Tests.Bench;

public sealed class StreamSpecTests
{
    [Fact]
    public void Spec_WrittenAndRead_IsTheSame()
    {
        var spec = new StreamSpec { Mode = StreamMode.Paced, Stream = 9999, Bytes = 1_000_000, Batch = 16, Rate = 0.25, Phase = 0.125, Count = 12, Seconds = 1.5 };
        Assert.Equal(spec, StreamSpec.Parse(Encoding.ASCII.GetBytes($"{spec}\",\"stream\":true")));
    }

    [Theory]
    [InlineData("mode=idle&seconds=3 HTTP/1.1", nameof(StreamMode.Idle), 200, 3)]
    [InlineData("", nameof(StreamMode.FirstByte), 200, 0)]
    [InlineData("mode=nothing;bytes=1;seconds=-1;=;x;;rate=0", nameof(StreamMode.FirstByte), 44, 0)]
    [InlineData("mode=large;bytes=99999999999;seconds=NaN", nameof(StreamMode.Large), 1 << 30, 0)]
    public void Spec_ReadFromAnything_StaysWithinBounds(string text, string mode, int bytes, double seconds)
    {
        var spec = StreamSpec.Parse(Encoding.ASCII.GetBytes(text));
        Assert.Equal((mode, bytes, seconds), (spec.Mode.ToString(), spec.Bytes, spec.Seconds));
    }
}
