using EdgeProxy.Commands.Probe;
using EdgeProxy.Protocol;
using static EdgeProxy.Tests.Commands.Probe.Probing;

namespace EdgeProxy.Tests.Commands.Probe;

public sealed class ProbeTimelineTests
{
    [Fact]
    public void Timeline_TellsEachMoment_AndEachSilence()
    {
        var probing = new Probing().Connect().Answer(1);
        probing.Bytes(1, ": edgeproxy\n\n");
        probing.Bytes(9, ": keep-alive\n\n");
        probing.Bytes(9.5, Chat(1));
        probing.Bytes(9.9, Chat(1));
        probing.Bytes(12.5, Chat(1));
        probing.Bytes(12.6, Chat(1, finished: true, done: true));

        var report = probing.End(14.6);

        Assert.Equal(
            [
                "0 connected 192.0.2.1:443 in 0 ms",
                "1 headers HTTP/1.1 200, 1.0 s after the request",
                "1 first_byte of the body",
                "1 keep_alive comment \"edgeproxy\", the primer of EdgeProxy",
                "9 keep_alive comment \"keep-alive\" [8]",
                "9.5 first_event ",
                "12.5 gap  [2.6]",
                "12.6 terminal the answer is whole: finish_reason",
                "12.6 terminal [DONE]",
                "14.6 end clean [2]",
            ],
            probing.Lines);
        Assert.Equal(probing.Moments, report.Timeline);
        Assert.Equal((8, 2.6, 2), (Math.Round(report.LongestSilence.Length.TotalSeconds, 3), Math.Round(report.Gaps[1].Length.TotalSeconds, 3), report.Gaps[2].Length.TotalSeconds));
        Assert.Equal((9.5, 8.5), (report.LongestEventGap.At.TotalSeconds, report.LongestEventGap.Length.TotalSeconds));
        Assert.Equal((6, 2, 3), (report.Events, report.KeepAlives, report.GapCount));
        Assert.True(report.SawPrimer);
    }

    [Theory]
    [InlineData("AnthropicMessages", "event: ping\ndata: {\"type\": \"ping\"}\n\n", "ping", 0, 1, 0)]
    [InlineData("Gemini", "\r\n\r\n", "blank lines", 0, 0, 1)]
    [InlineData("Gemini", "data: {}\r\n\r\n\r\n\r\n\r\n\r\n", "blank lines", 0, 0, 2)]
    [InlineData("OpenAIChat", ": keep-alive\n", "comment \"keep-alive\"", 1, 0, 0)]
    [InlineData("OpenAIChat", ":\n\n", "comment \"\"", 1, 0, 0)]
    [InlineData("OpenAIChat", ": OPENROUTER PROCESSING\n\n: x\n\n", "comment \"OPENROUTER PROCESSING\"", 2, 0, 0)]
    [InlineData("OpenAIChat", "data: a\n\n\ndata: b\n\n\n", null, 0, 0, 0)]
    public void KeepAlive_OfEverySort_IsCounted_HoweverItIsCut(string dialect, string stream, string? text, int comments, int pings, int blankLines)
    {
        foreach (var pieceLength in (int[])[int.MaxValue, 1])
        {
            var report = Whole(Enum.Parse<DialectKind>(dialect), stream, pieceLength);

            Assert.Equal((comments, pings, blankLines), (report.Comments, report.Pings, report.BlankLinePairs));
            Assert.Equal(text, report.Timeline.FirstOrDefault(moment => moment.Kind == MomentKind.KeepAlive)?.Text);
        }
    }

    [Fact]
    public void Ping_IsNoFirstEvent()
    {
        var report = new Probing(DialectKind.AnthropicMessages).Connect().Answer(1)
            .Bytes(1, "event: ping\ndata: {\"type\": \"ping\"}\n\n")
            .Bytes(3, "event: message_start\ndata: {\"type\":\"message_start\"}\n\n")
            .End(3);

        Assert.Equal((TimeSpan.FromSeconds(3), 1), (report.FirstEventAt, report.Events));
    }

    [Fact]
    public void Flood_IsCounted_ButNotListed()
    {
        var probing = new Probing().Connect().Answer(0);
        for (var i = 1; i <= 1000; i++)
        {
            probing.Bytes(2 * i, ": x\n\n");
        }

        var report = probing.End(2000);

        Assert.Equal((1000, 1000), (report.Comments, report.GapCount));
        Assert.Equal((ProbeTimeline.MaxListed, ProbeTimeline.MaxListed), (report.Gaps.Count, report.Timeline.Count(moment => moment.Kind == MomentKind.KeepAlive)));
        Assert.EndsWith("(the last of its kind that is listed)", report.Timeline.Last(moment => moment.Kind == MomentKind.KeepAlive).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_SaysWhatIsWaitedFor()
    {
        var timeline = new ProbeTimeline(DialectKind.OpenAIChat, new ServerText([]));
        var told = new List<string> { timeline.Progress(TimeSpan.FromSeconds(1)) };
        timeline.OnConnected(TimeSpan.FromSeconds(1), "192.0.2.1:443", []);
        told.Add(timeline.Progress(TimeSpan.FromSeconds(2.9)));
        timeline.OnHead(TimeSpan.FromSeconds(3), Sse);
        told.Add(timeline.Progress(TimeSpan.FromSeconds(4)));
        timeline.OnBytes(TimeSpan.FromSeconds(4), ": x\n\ndata: x\n\n"u8);
        told.Add(timeline.Progress(TimeSpan.FromSeconds(6)));

        Assert.Equal(
            ["1 s: connecting", "2 s: waiting for the answer", "4 s: waiting for the first byte of the body", "6 s: 1 event, 1 keep-alive, silent for 2 s"],
            told);
    }

    [Fact]
    public void ServerText_ReachesNoTerminal_AndKeepsSecrets()
    {
        const string Secret = "sk-very-secret";
        const string Evil = "\u001b]0;owned\u0007\u202E";
        var probing = new Probing(DialectKind.OpenAIChat, Secret).Connect().Answer(1);
        probing.Bytes(1, $": {Evil}{Secret}\n\nevent: error\ndata: {{\"error\":{{\"message\":\"\\u001b[2J no key {Secret}\",\"code\":\"{Secret}\"}}}}\n\ndata: [DONE]\n\n");
        var plain = new Probing(DialectKind.OpenAIChat, Secret).Connect().Answer(1, Head(401, "text/plain")).Bytes(1, $"{Evil}{Secret}").End(1);

        var report = probing.End(1);

        var all = string.Concat(probing.Lines) + Verdict.Of(report).Text + Verdict.Of(plain).Text;
        Assert.DoesNotContain(Secret, all, StringComparison.Ordinal);
        Assert.DoesNotContain(all, static letter => char.IsControl(letter) || letter == '\u202E');
        Assert.Contains("\\u{1B}[2J no key [hidden]", all, StringComparison.Ordinal);
    }
}
