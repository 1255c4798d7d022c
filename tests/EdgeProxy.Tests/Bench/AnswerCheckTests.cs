using System.Text;
using EdgeProxy.Bench.Soak;

namespace EdgeProxy.Tests.Bench;

/// <summary>What the soak takes for a whole answer, for a failure that says so, and for a violation.</summary>
public sealed class AnswerCheckTests
{
    private const string Done = "data: [DONE]\n\n";
    private const string Frame = "event: error\ndata: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":\"upstream_disconnected\"}}\n\n";

    private static readonly SoakDialect Chat = SoakDialect.All[0];

    public static TheoryData<string, string, string?> Answers => new()
    {
        { ": primer\n\n" + E(0) + ": keep-alive\n\n" + E(1) + Chat.Terminal + Done, "whole", null },
        { E(0) + E(1) + Done, "whole", null },
        { E(0) + E(1), "whole", "looks whole" },
        { E(0) + Done, "whole", "looks whole" },
        { "", "whole", "looks whole" },
        { E(0) + E(1) + Done + Done, "whole", "a [DONE] too many" },
        { E(0) + E(1) + Done + E(2), "whole", "an event after the end" },
        { E(1) + E(0) + Done, "whole", "event 0 is not" },
        { E(0) + E(1).Replace("xx", "xy", StringComparison.Ordinal) + Done, "whole", "event 1 is not" },
        { E(0) + E(1).Replace("xx", "x", StringComparison.Ordinal) + Done, "whole", "event 1 is not" },
        { E(0) + E(1) + "data: {\"a\":1}\n\n" + Done, "whole", "an event that nobody sent" },
        { E(0)[..^1] + ": keep-alive\n\n" + E(1) + Done, "whole", "a comment inside" },
        { E(0) + E(1) + "data: [DONE]\n", "whole", "ended inside an event" },
        { E(0) + E(1) + Done + "dat", "whole", "ended inside an event" },
        { E(0) + Frame + Done, "frame upstream_disconnected", null },
        { E(0) + Frame, "frame upstream_disconnected", "an error frame and 0 [DONE]" },
        { E(0) + Frame + Frame + Done, "frame upstream_disconnected", "a second error frame" },
        { E(0) + "event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n" + Done, "frame ?", "an error frame without" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Answer_IsJudged_HoweverItIsCutIntoReads(string answer, string outcome, string? violation)
    {
        foreach (var size in (int[])[1, 7, 64, 100_000])
        {
            var check = new AnswerCheck(new SoakScript(7, SoakKind.Crowded, Chat, Events: 2, EventBytes: 40, PaceMs: 0, FirstMs: 0, FailAfter: 1));
            foreach (var read in Encoding.ASCII.GetBytes(answer).Chunk(size))
            {
                check.Read(read);
            }

            Assert.Equal(outcome, check.End());
            if (violation is null)
            {
                Assert.Null(check.Violation);
            }
            else
            {
                Assert.StartsWith(violation, check.Violation, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(nameof(SoakKind.Paced), false, "error frame upstream_disconnected for a good backend")]
    [InlineData(nameof(SoakKind.Paced), true, null)]
    [InlineData(nameof(SoakKind.Reset), false, null)]
    [InlineData(nameof(SoakKind.Reset), true, "whole, which the backend never sent")]
    public void Answer_IsJudgedByWhatTheBackendDid(string kind, bool whole, string? violation)
    {
        var check = new AnswerCheck(new SoakScript(7, Enum.Parse<SoakKind>(kind), Chat, Events: 2, EventBytes: 40, PaceMs: 0, FirstMs: 0, FailAfter: 1));

        check.Read(Encoding.ASCII.GetBytes(E(0) + (whole ? E(1) : Frame) + Done));
        check.End();

        Assert.Equal(violation, check.Violation);
    }

    [Fact]
    public void EveryDialect_WholeAnswerAsItsBackendSendsIt_IsWhole()
    {
        foreach (var dialect in SoakDialect.All)
        {
            var script = new SoakScript(7, SoakKind.Paced, dialect, Events: 2, EventBytes: 40, PaceMs: 0, FirstMs: 0, FailAfter: 1);
            var check = new AnswerCheck(script);
            check.Read(dialect.Event(script, 0));
            check.Read(dialect.Event(script, 1));
            check.Read(Encoding.ASCII.GetBytes(dialect.Terminal + (dialect.TerminalData == "[DONE]" ? Done : "")));

            Assert.Equal(("whole", null), (check.End(), check.Violation));
        }
    }

    [Fact]
    public void Script_WrittenAndRead_IsTheSame_AndEveryKindIsDrawn()
    {
        var random = new Random(1);
        var scripts = Enumerable.Range(0, 5000).Select(id => SoakScript.Draw(id, random)).ToList();

        Assert.All(scripts, static script => Assert.Equal(script, SoakScript.Parse(script.ToString())));
        Assert.Equal(Enum.GetValues<SoakKind>(), scripts.Select(static script => script.Kind).Distinct().Order());
    }

    [Fact]
    public void Figures_TellWhatStayedBehind()
    {
        var start = new SoakSample(default, 10_000_000, 80_000_000, 0, 200, 30, 0, 0, default);

        Assert.All(SoakFigure.All, figure => Assert.True(figure.HasReturned(start, start)));
        Assert.Equal(
            "active streams, buffers rented, descriptors, threads, managed heap, PSS",
            string.Join(", ", SoakFigure.All
                .Where(figure => !figure.HasReturned(start, new SoakSample(default, 20_000_000, 150_000_000, 0, 209, 39, 1, 1, default)))
                .Select(static figure => figure.Name)));
    }

    private static string E(int n) =>
        Encoding.ASCII.GetString(Chat.Event(new SoakScript(7, SoakKind.Paced, Chat, Events: 2, EventBytes: 40, PaceMs: 0, FirstMs: 0, FailAfter: 1), n));
}
