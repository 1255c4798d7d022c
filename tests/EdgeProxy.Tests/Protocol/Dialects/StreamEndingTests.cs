using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

public sealed class StreamEndingTests
{
    private static readonly StreamFailure Cut = StreamFailure.Disconnected();

    private static readonly string[] WithoutOwnDone = ["OpenAIResponses", "OpenAIImages", "AnthropicMessages"];

    /// <summary>
    /// Dialect, terminal mode, what the upstream sent (v: an event, t: terminal signal, d: [DONE], e: an error event), whether it
    /// broke; and the ending: -, done, incomplete, failure, joined by +.
    /// </summary>
    public static TheoryData<string, string, string, bool, string> Endings => new()
    {
        // Chat: clean ends
        { "OpenAIChat", "Auto", "", false, "incomplete+done" },
        { "OpenAIChat", "Auto", "v", false, "incomplete+done" },
        { "OpenAIChat", "Auto", "vt", false, "done" },
        { "OpenAIChat", "Auto", "vtd", false, "-" },
        { "OpenAIChat", "Auto", "ve", false, "done" },
        { "OpenAIChat", "Auto", "vte", false, "done" },
        { "OpenAIChat", "Auto", "vtde", false, "-" },
        // Chat: broken
        { "OpenAIChat", "Auto", "", true, "failure+done" },
        { "OpenAIChat", "Auto", "v", true, "failure+done" },
        { "OpenAIChat", "Auto", "vt", true, "done" },
        { "OpenAIChat", "Auto", "vtd", true, "-" },
        { "OpenAIChat", "Auto", "ve", true, "done" },
        { "OpenAIChat", "Auto", "vtde", true, "-" },
        // Chat without [DONE]
        { "OpenAIChat", "None", "", false, "incomplete" },
        { "OpenAIChat", "None", "vt", false, "-" },
        { "OpenAIChat", "None", "ve", false, "-" },
        { "OpenAIChat", "None", "v", true, "failure" },
        { "OpenAIChat", "Done", "vt", false, "done" },
        { "OpenAIChat", "Done", "v", true, "failure+done" },
        // Generic asks for no signal, but for an event
        { "Generic", "Auto", "", false, "incomplete+done" },
        { "Generic", "Auto", "v", false, "-" },
        { "Generic", "Auto", "vtd", false, "-" },
        { "Generic", "Auto", "ve", false, "done" },
        { "Generic", "Auto", "v", true, "failure+done" },
        { "Generic", "Auto", "vtd", true, "-" },
        { "Generic", "Done", "v", false, "incomplete+done" },
        { "Generic", "Done", "vtd", false, "-" },
        { "Generic", "None", "", false, "incomplete" },
        { "Generic", "None", "v", false, "-" },
        { "Generic", "None", "v", true, "failure" },
        // Gemini has no [DONE], unless it is asked for
        { "Gemini", "Auto", "", false, "incomplete" },
        { "Gemini", "Auto", "v", false, "incomplete" },
        { "Gemini", "Auto", "vt", false, "-" },
        { "Gemini", "Auto", "ve", false, "-" },
        { "Gemini", "Auto", "v", true, "failure" },
        { "Gemini", "Auto", "vt", true, "-" },
        { "Gemini", "Auto", "ve", true, "-" },
        { "Gemini", "Done", "v", false, "incomplete+done" },
        { "Gemini", "Done", "vt", false, "done" },
        { "Gemini", "Done", "ve", false, "done" },
        { "Gemini", "Done", "v", true, "failure+done" },
        { "Gemini", "Done", "vt", true, "done" },
        { "Gemini", "None", "v", true, "failure" },
    };

    public static TheoryData<string, string, string, bool, string> EndingsWithoutOwnDone
    {
        get
        {
            var data = new TheoryData<string, string, string, bool, string>();
            foreach (var kind in WithoutOwnDone)
            {
                data.Add(kind, "Auto", "", false, "incomplete+done");
                data.Add(kind, "Auto", "v", false, "incomplete+done");
                data.Add(kind, "Auto", "vt", false, "-");
                data.Add(kind, "Auto", "vtd", false, "-");
                data.Add(kind, "Auto", "ve", false, "done");
                data.Add(kind, "Auto", "v", true, "failure+done");
                data.Add(kind, "Auto", "vt", true, "-");
                data.Add(kind, "Auto", "ve", true, "done");
                data.Add(kind, "Done", "vt", false, "done");
                data.Add(kind, "Done", "vt", true, "done");
                data.Add(kind, "Done", "vtd", true, "-");
                data.Add(kind, "Done", "v", false, "incomplete+done");
                data.Add(kind, "None", "v", false, "incomplete");
                data.Add(kind, "None", "ve", true, "-");
                data.Add(kind, "None", "v", true, "failure");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Endings))]
    [MemberData(nameof(EndingsWithoutOwnDone))]
    public void Decide_WhatTheUpstreamSent_GivesTheEnding(string kind, string terminal, string sent, bool broke, string expected)
    {
        var ending = StreamEnding.Decide(
            Dialect.Of(Enum.Parse<DialectKind>(kind)), Enum.Parse<TerminalMode>(terminal),
            sent.Contains('v'), sent.Contains('t'), sent.Contains('d'), sent.Contains('e'), broke ? Cut : null);

        var frame = ending.Failure is null ? "" : ReferenceEquals(ending.Failure, Cut) ? "failure" : ending.Failure.Code.Replace("stream_", "", StringComparison.Ordinal);
        var done = ending.WriteDone ? "done" : "";
        Assert.Equal(expected, (frame, done) switch
        {
            ("", "") => "-",
            ("", _) => done,
            (_, "") => frame,
            _ => $"{frame}+{done}",
        });
    }

    [Fact]
    public void Decide_Anything_KeepsThePromises()
    {
        foreach (var dialect in Enum.GetValues<DialectKind>().Select(Dialect.Of))
        {
            foreach (var terminal in Enum.GetValues<TerminalMode>())
            {
                for (var bits = 0; bits < 32; bits++)
                {
                    var (sawTerminal, sawDone, sawError) = ((bits & 3) != 0, (bits & 2) != 0, (bits & 4) != 0);
                    var sawEvent = sawTerminal || sawError || (bits & 8) != 0;
                    var failure = (bits & 16) != 0 ? Cut : null;

                    var ending = StreamEnding.Decide(dialect, terminal, sawEvent, sawTerminal, sawDone, sawError, failure);

                    var isTold = sawTerminal || sawError;
                    Assert.True(!isTold || ending.Failure is null, "An error behind a whole answer, or a second one.");
                    Assert.True(isTold || failure is null || ReferenceEquals(failure, ending.Failure), "A failure that nobody hears of.");
                    Assert.True(isTold || ending.Failure is not null || !ending.WriteDone, "A bare [DONE] for a dead upstream.");
                    Assert.True(!(ending.WriteDone && sawDone), "A second [DONE].");
                    Assert.True(!(ending.WriteDone && terminal == TerminalMode.None), "A [DONE] where none is wanted.");
                    Assert.True(terminal != TerminalMode.Done || sawDone || ending.WriteDone, "No [DONE] where one is asked for.");
                    Assert.True(dialect.Kind != DialectKind.OpenAIChat || terminal == TerminalMode.None || sawDone || ending.WriteDone, "A chat without its [DONE].");
                    Assert.True(sawEvent || ending.Failure is not null, "Nothing at all, and no word of it.");
                }
            }
        }
    }
}
