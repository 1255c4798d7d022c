using System.Text;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Streaming;

public sealed class ClientStreamTests
{
    private const string KeepAlive = ": keep-alive\n\n";

    [Fact]
    public async Task Silence_AfterPrimersDelay_OpensTheStreamInOneFlush()
    {
        var client = new ClientHarness();
        await client.Stream.ExpectEventsAsync();

        client.Pass(1.9);
        Assert.Equal(StreamPhase.Waiting, client.Stream.Phase);
        client.Pass(0.1);

        Assert.Equal([": edgeproxy\n\n"], client.Body.Flushes);
        Assert.Equal(200, client.Context.Response.StatusCode);
        Assert.Equal("text/event-stream", client.Context.Response.ContentType);
        Assert.Equal("no-cache, no-transform", client.Context.Response.Headers.CacheControl);
        Assert.Equal("no", client.Context.Response.Headers["X-Accel-Buffering"]);
        Assert.Equal("req-1", client.Context.Response.Headers["x-request-id"]);
    }

    [Fact]
    public async Task FirstEventBeforeThePrimer_OpensTheStreamWithTheUpstreamsHeaders()
    {
        var client = new ClientHarness();
        await client.Stream.ExpectEventsAsync();
        client.Stream.Open(200, new HeaderDictionary { ["Content-Type"] = "text/event-stream; charset=utf-8", ["X-Own"] = "1", ["Content-Length"] = "99", ["x-request-id"] = "theirs" });

        await client.WriteAsync("data: 1\n\n");

        Assert.Equal(["data: 1\n\n"], client.Body.Flushes);
        Assert.Equal("text/event-stream; charset=utf-8", client.Context.Response.ContentType);
        Assert.Equal("1", client.Context.Response.Headers["X-Own"]);
        Assert.Null(client.Context.Response.ContentLength);
        Assert.Equal("theirs", client.Context.Response.Headers["x-request-id"]);
        Assert.Equal("theirs", client.Stream.RequestId);
    }

    [Fact]
    public async Task RequestId_ForAnthropic_StandsInTheHeaderThatItsSdksRead()
    {
        var committed = await ClientHarness.CommittedAsync(DialectKind.AnthropicMessages);
        Assert.Equal(("req-1", "req-1"), (committed.Context.Response.Headers["request-id"].ToString(), committed.Context.Response.Headers["x-request-id"].ToString()));

        var answered = new ClientHarness(DialectKind.AnthropicMessages);
        await answered.Stream.ExpectEventsAsync();
        answered.Stream.Open(200, new HeaderDictionary { ["Content-Type"] = "text/event-stream", ["request-id"] = "theirs" });
        await answered.WriteAsync("event: ping\ndata: {}\n\n");
        Assert.Equal(("theirs", "theirs"), (answered.Context.Response.Headers["request-id"].ToString(), answered.Stream.RequestId));
    }

    [Fact]
    public async Task NobodyAskedForAStream_NoPrimer()
    {
        var client = new ClientHarness();

        client.Pass(100);

        Assert.Empty(client.Body.Flushes);
        Assert.Equal(StreamPhase.Waiting, client.Stream.Phase);
        await client.Stream.EndAsync(null);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Stream_SplitAnywhere_ComesOutByteForByte(string lineEnding)
    {
        var text = "data: grün\n\n: c\nevent: x\nid: 7\ndata: a\ndata: b\n\nretry: 5\n\n\ndata:{}\n\n".Replace("\n", lineEnding, StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                var client = await ClientHarness.CommittedAsync();
                await client.Stream.WriteAsync(bytes.AsMemory(0, first));
                await client.Stream.WriteAsync(bytes.AsMemory(first..second));
                await client.Stream.WriteAsync(bytes.AsMemory(second));
                Assert.Equal(text, client.Body.Sent);
            }
        }
    }

    [Fact]
    public async Task KeepAlive_InAnUnfinishedEvent_StandsBeforeIt()
    {
        var client = await ClientHarness.CommittedAsync();

        await client.WriteAsync("data: 1\n\ndata: 2");
        client.Pass(8);
        await client.WriteAsync("\n\n");

        Assert.Equal(["data: 1\n\n", KeepAlive, "data: 2\n\n"], client.Body.Flushes);
    }

    [Fact]
    public async Task KeepAlive_BetweenCrAndLf_TakesTheLfAway()
    {
        var client = await ClientHarness.CommittedAsync();

        await client.WriteAsync("data: 1\r\n\r");
        client.Pass(8);
        await client.WriteAsync("\ndata: 2\r\n\r\n");

        Assert.Equal("data: 1\r\n\r" + KeepAlive + "data: 2\r\n\r\n", client.Body.Sent);
    }

    [Fact]
    public async Task KeepAlive_WhileTheClientReadsNothing_IsSkipped()
    {
        var client = await ClientHarness.CommittedAsync();
        client.Body.Block();
        var write = client.WriteAsync("data: 1\n\n");

        client.Pass(8);
        client.Pass(8);
        Assert.Equal(["data: 1\n\n"], client.Body.Flushes);
        Assert.False(write.IsCompleted);
        client.Body.Unblock();
        await write;

        client.Pass(8);
        Assert.Equal(["data: 1\n\n", KeepAlive], client.Body.Flushes);
    }

    [Fact]
    public async Task Event_WhileAKeepAliveIsUnderWay_ComesAfterIt()
    {
        var client = await ClientHarness.CommittedAsync();
        client.Body.Block();
        client.Pass(8);

        var write = client.WriteAsync("data: 1\n\n");
        Assert.False(write.IsCompleted);
        client.Body.Unblock();
        await write;

        Assert.Equal([KeepAlive, "data: 1\n\n"], client.Body.Flushes);
    }

    [Fact]
    public async Task End_WhileAKeepAliveIsUnderWay_WaitsForIt()
    {
        var client = await ClientHarness.CommittedAsync();
        await client.WriteAsync("data: 1\n\n");
        client.Body.Block();
        client.Pass(8);

        var end = client.Stream.EndAsync(null);
        Assert.False(end.IsCompleted);
        client.Body.Unblock();

        Assert.Null(await end);
        Assert.True(client.Body.IsCompleted);
    }

    [Fact]
    public async Task SlowClient_IsNotTheUpstreamsSilence()
    {
        var client = await ClientHarness.CommittedAsync();
        await client.WriteAsync("data: 1\n\n");
        client.Body.Block();
        var write = client.WriteAsync("data: 2\n\n");

        client.Pass(3600);
        Assert.Null(client.Stream.Expiry);
        client.Body.Unblock();
        await write;
        client.Pass(299);
        Assert.Null(client.Stream.Expiry);
        client.Pass(1);
        Assert.Equal("upstream_stalled", client.Stream.Expiry?.Code);
        Assert.True(client.Stream.Expired.IsCancellationRequested);
    }

    [Fact]
    public async Task Comments_AreNoEvents()
    {
        var client = await ClientHarness.CommittedAsync();

        client.Pass(599);
        await client.WriteAsync(": working\n\n");
        client.Pass(1);

        Assert.Equal("upstream_timeout", client.Stream.Expiry?.Code);
    }

    [Fact]
    public async Task HugeEvent_PassesAsItComes_AndIsClosedBeforeTheErrorFrame()
    {
        var client = await ClientHarness.CommittedAsync(settings: StreamSettings.Default with { MaxBufferedEventBytes = 1024 });
        var huge = "data: " + new string('x', 3000);

        await client.WriteAsync(huge[..1000]);
        Assert.Empty(client.Body.Flushes);
        await client.WriteAsync(huge[1000..]);
        Assert.Equal(huge, client.Body.Sent);
        client.Pass(100);
        Assert.Equal(huge, client.Body.Sent);
        await client.Stream.EndAsync(StreamFailure.Disconnected());

        Assert.StartsWith(huge + "\n\nevent: error\ndata: {\"error\":", client.Body.Sent, StringComparison.Ordinal);
        Assert.EndsWith("\n\ndata: [DONE]\n\n", client.Body.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HugeEvent_ThatEnds_IsFollowedByKeepAlivesAgain()
    {
        var client = await ClientHarness.CommittedAsync(settings: StreamSettings.Default with { MaxBufferedEventBytes = 1024 });
        await client.WriteAsync("data: " + new string('x', 3000));
        await client.WriteAsync("yz\n\ndata: next");

        client.Pass(8);

        Assert.EndsWith("yz\n\n" + KeepAlive, client.Body.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenEvent_IsDropped_AndTheErrorFrameStandsAlone()
    {
        var client = await ClientHarness.CommittedAsync(DialectKind.OpenAIChat);

        await client.WriteAsync("data: {\"choices\":[]}\n\ndata: {\"cho");
        var told = await client.Stream.EndAsync(StreamFailure.Disconnected());

        Assert.Equal("upstream_disconnected", told?.Code);
        Assert.StartsWith("data: {\"choices\":[]}\n\nevent: error\n", client.Body.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BytesAfterDone_AreDropped_AndTheResponseIsClosed()
    {
        var client = await ClientHarness.CommittedAsync(DialectKind.OpenAIChat);

        await client.WriteAsync("data: {}\n\ndata: [DONE]\n\ndata: more\n\n");

        Assert.True(client.Body.IsCompleted);
        Assert.True(client.Stream.IsFinished);
        await client.WriteAsync("data: even more\n\n");
        Assert.Null(await client.Stream.EndAsync(StreamFailure.Disconnected()));
        Assert.Equal("data: {}\n\ndata: [DONE]\n\n", client.Body.Sent);
    }

    [Fact]
    public async Task DoneWithoutItsBlankLine_IsCompleted()
    {
        var client = await ClientHarness.CommittedAsync(DialectKind.OpenAIChat);

        await client.WriteAsync("data: {\"choices\":[]}\n\ndata: [DONE]\n");

        Assert.Null(await client.Stream.EndAsync(null));
        Assert.Equal("data: {\"choices\":[]}\n\ndata: [DONE]\n\n", client.Body.Sent);
    }

    [Theory]
    [InlineData(true, "data: 1\n\n")]
    [InlineData(false, "\uFEFFdata: 1\n\n")]
    public async Task ByteOrderMark_IsStrippedOnceAnythingWasWritten(bool primed, string expected)
    {
        var client = primed ? await ClientHarness.CommittedAsync() : new ClientHarness();
        foreach (var piece in Encoding.UTF8.GetBytes("\uFEFFdata: 1\n\n"))
        {
            await client.Stream.WriteAsync(new[] { piece });
        }

        Assert.Equal(expected, client.Body.Sent);
    }

    [Fact]
    public async Task PassThrough_AfterTheCommit_IsRefused()
    {
        var client = await ClientHarness.CommittedAsync();

        Assert.Null(await client.Stream.TryPassThroughAsync(429, new HeaderDictionary()));
    }

    [Fact]
    public async Task PassThrough_BeforeTheCommit_KeepsThePrimerAway()
    {
        var client = new ClientHarness();
        await client.Stream.ExpectEventsAsync();

        var body = await client.Stream.TryPassThroughAsync(429, new HeaderDictionary { ["Retry-After"] = "2" });
        client.Pass(100);
        await body!.WriteAsync("{}"u8.ToArray(), TestContext.Current.CancellationToken);
        await body.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(429, client.Context.Response.StatusCode);
        Assert.Equal("2", client.Context.Response.Headers.RetryAfter);
        Assert.DoesNotContain(":", client.Body.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientGone_FinishesTheStream()
    {
        var client = await ClientHarness.CommittedAsync();
        client.Body.Block();
        var write = client.WriteAsync("data: 1\n\n");
        client.Body.Unblock(clientIsGone: true);
        await write;

        Assert.True(client.Stream.IsFinished);
    }
}
