using EdgeProxy.Commands.Probe;
using EdgeProxy.Protocol;
using static EdgeProxy.Tests.Commands.Probe.Probing;

namespace EdgeProxy.Tests.Commands.Probe;

public sealed class AdviceTests
{
    private static readonly string Good = Chat(1, finished: true, done: true);

    [Theory]
    [InlineData(1, 1, 1.5, "")]
    [InlineData(14.9, 14.9, 14.9, "")]
    [InlineData(16, 16, 16.5, "Fastly first_byte, Envoy total")]
    [InlineData(1, 16, 16, "Fastly first_byte, Fastly gap, Envoy total")]
    [InlineData(1, 12, 12, "Fastly gap")]
    [InlineData(31.2, 31.2, 32, "CloudFront first_byte, Fastly first_byte, Azure Front Door first_byte, GCP load balancer total, Envoy total")]
    [InlineData(121, 121, 121, "Cloudflare first_byte, CloudFront first_byte, Fastly first_byte, Azure Front Door first_byte, AWS ALB first_byte, nginx first_byte, HAProxy first_byte, Varnish first_byte, GCP load balancer total, Envoy total")]
    public void Limits_ThatAStreamIsOver_AreNamed(double head, double body, double end, string names)
    {
        var report = new Probing().Connect().Answer(head).Bytes(body, Good).End(end);

        Assert.Equal(names, string.Join(", ", Advice.Exceeded(report).Select(static over =>
            $"{over.Limit.Name} {over.Kind switch { LimitKind.FirstByte => "first_byte", LimitKind.Gap => "gap", _ => "total" }}")));
    }

    [Fact]
    public void LateFirstByte_SaysWhoWouldHaveDroppedIt_AndWhatToDo()
    {
        var advice = AdviceFor(new Probing().Connect().Answer(31.2).Bytes(31.2, Chat(1)).Bytes(32, Good).End(32));

        Assert.Equal(
            "First byte after 31.2 s: with their default limits these would have dropped this: CloudFront (30 s), Fastly (15 s), Azure Front Door (30 s). EdgeProxy in front of the backend opens the stream after Primer.After (2 s).",
            advice[0]);
    }

    [Fact]
    public void LateFirstByte_ThroughEdgeProxy_PointsToItsOptions()
    {
        var advice = AdviceFor(new Probing().Connect().Answer(31.2).Bytes(31.2, ": edgeproxy\n\n").Bytes(32, Good).End(32));

        Assert.Contains("Primer.After opens the stream earlier", advice[0], StringComparison.Ordinal);
    }

    [Fact]
    public void GoodStream_IsWithinAllLimits()
    {
        var advice = AdviceFor(new Probing().Connect().Answer(1).Bytes(1, Chat(1)).Bytes(3, Good).End(3));

        Assert.Equal(["First byte after 1.0 s, longest silence 2.0 s, 3.0 s in all: within the default limits of all 10 CDNs and load balancers that are known here."], advice);
    }

    [Theory]
    [InlineData(504, 30.2, "CloudFront (30 s), Azure Front Door (30 s), GCP load balancer (30 s) for a whole answer")]
    [InlineData(524, 120.4, "Cloudflare (120 s)")]
    [InlineData(503, 15.1, "Fastly (15 s), Envoy (15 s) for a whole answer")]
    [InlineData(504, 22, null)]
    [InlineData(401, 30.2, null)]
    public void GatewayError_AtAKnownLimit_NamesWhoGivesUpThen(int status, double at, string? names)
    {
        var advice = AdviceFor(new Probing().Connect().Answer(at, Head(status, "text/html")).End(at));

        Assert.Equal(names is null ? [] : [$"That is when some give up by default: {names}. If one of them is on the way, it ended this stream."], advice);
    }

    [Theory]
    [InlineData(1, 61, "AWS ALB (60 s), nginx (60 s), Varnish (60 s)")]
    [InlineData(29, 30.3, "GCP load balancer (30 s) for a whole answer")]
    public void Cut_AtAKnownLimit_NamesWhoGivesUpThen(double lastByte, double end, string names)
    {
        var advice = AdviceFor(new Probing().Connect().Answer(1).Bytes(lastByte, Chat(1)).End(end, EndKind.Cut, "reset"));

        Assert.StartsWith($"That is when some give up by default: {names}.", advice[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gemini", ": keep-alive\n\ndata: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n", "Comments in a Gemini stream")]
    [InlineData("Gemini", "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\ndata: [DONE]\n\n", "A [DONE] after a good answer")]
    [InlineData("AnthropicMessages", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\ndata: [DONE]\n\n", "A [DONE] after a good answer")]
    [InlineData("OpenAIChat", "event: ping\ndata: {}\n\ndata: [DONE]\n\n", "Ping events")]
    [InlineData("OpenAIChat", "data: [DONE]\n", "The last [DONE] lacks its blank line")]
    public void WellFormedStream_ThatBreaksClients_IsWarnedOf(string dialect, string stream, string warning)
    {
        var report = Whole(Enum.Parse<DialectKind>(dialect), stream);

        Assert.StartsWith(warning, Advice.For(report, Verdict.Of(report))[^1], StringComparison.Ordinal);
        Assert.True(Verdict.Of(report).IsClean);
    }

    [Fact]
    public void BodyWithoutLength_AndAnswerFromACache_AreWarnedOf()
    {
        var head = Head(200, "text/event-stream", ("x-cache", "Hit from cloudfront")) with { EndsWithConnection = true };
        var advice = AdviceFor(new Probing().Connect().Answer(1, head).Bytes(1, Good).End(1));

        Assert.StartsWith("The body has neither a length nor chunks", advice[1], StringComparison.Ordinal);
        Assert.StartsWith("The answer came from a cache", advice[2], StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> AdviceFor(ProbeReport report) => Advice.For(report, Verdict.Of(report));
}
