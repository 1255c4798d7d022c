using System.Net.ServerSentEvents;
using System.Text;
using EdgeProxy.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Streaming;

/// <summary>Any stream in any pieces, with the clock moving in between: an independent parser sees exactly the upstream's events.</summary>
public sealed class ClientStreamPropertyTests
{
    private static Gen<string> Event =>
        from lines in Gen.Elements("data: x", "data:{}", "data", "event: e", "id: 1", "retry: 9", ": c", "data: grün €", "data: " + new string('y', 70)).NonEmptyListOf()
        from end in Gen.Elements("\n", "\r\n", "\r")
        select string.Concat(lines.Select(line => line + end)) + end;

    [Theory]
    [InlineData(262144)]
    [InlineData(16)]
    public void KeepAlives_AnywhereInAnyStream_ChangeNoEvent(int maxBufferedEventBytes)
    {
        var cases = from events in Event.ListOf()
                    let stream = Encoding.UTF8.GetBytes(string.Concat(events))
                    from cuts in Gen.Choose(0, stream.Length).ListOf()
                    from tick in Gen.Elements(true, false).ListOf(cuts.Count + 1)
                    select (Stream: stream, Cuts: cuts.Order().ToArray(), Ticks: tick);
        Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            var sent = RelayAsync(sample.Stream, sample.Cuts, [.. sample.Ticks], maxBufferedEventBytes).GetAwaiter().GetResult();
            Assert.Equal(Events(sample.Stream), Events(Encoding.UTF8.GetBytes(sent)));
        }).QuickCheckThrowOnFailure();
    }

    private static async Task<string> RelayAsync(byte[] stream, int[] cuts, bool[] ticks, int maxBufferedEventBytes)
    {
        var client = await ClientHarness.CommittedAsync(
            DialectKind.Generic, StreamSettings.Default with { MaxBufferedEventBytes = maxBufferedEventBytes, IdleTimeout = TimeSpan.FromDays(1), FirstEventTimeout = TimeSpan.FromDays(1) });
        var from = 0;
        for (var i = 0; i <= cuts.Length; i++)
        {
            var to = i < cuts.Length ? cuts[i] : stream.Length;
            await client.Stream.WriteAsync(stream.AsMemory(from..to));
            from = to;
            if (ticks[i])
            {
                client.Pass(8);
            }
        }

        return client.Body.Sent;
    }

    private static List<(string, string)> Events(byte[] stream) =>
        [.. SseParser.Create(new MemoryStream(stream)).Enumerate().Select(item => (item.EventType, item.Data))];
}
