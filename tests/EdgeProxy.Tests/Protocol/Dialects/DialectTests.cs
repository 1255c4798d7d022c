using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

public sealed class DialectTests
{
    /// <summary>Kind, automatic keep-alive, adds [DONE], [DONE] after an error, asks for a terminal signal.</summary>
    public static TheoryData<string, string, bool, bool, bool> Habits => new()
    {
        { "Generic", "Comment", false, true, false },
        { "OpenAIChat", "Comment", true, true, true },
        { "OpenAIResponses", "Comment", false, true, true },
        { "OpenAIImages", "Comment", false, true, true },
        { "AnthropicMessages", "Ping", false, true, true },
        { "Gemini", "BlankLine", false, false, true },
    };

    [Fact]
    public void Of_EveryKind_GivesItsOneDialect()
    {
        foreach (var kind in Enum.GetValues<DialectKind>())
        {
            Assert.Equal(kind, Dialect.Of(kind).Kind);
            Assert.Same(Dialect.Of(kind), Dialect.Of(kind));
            Assert.NotSame(Dialect.Of(kind).CreateTracker(), Dialect.Of(kind).CreateTracker());
            Assert.Contains(Habits, row => row.Data.Item1 == kind.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Habits))]
    public void Dialect_Habits_AreTheContracts(string kind, string keepAlive, bool addsDone, bool doneAfterError, bool requiresTerminal)
    {
        var dialect = Dialect.Of(Enum.Parse<DialectKind>(kind));

        Assert.Equal(Enum.Parse<KeepAliveFrame>(keepAlive), dialect.AutoKeepAlive);
        Assert.Equal((addsDone, doneAfterError, requiresTerminal), (dialect.AddsDone, dialect.DoneAfterError, dialect.RequiresTerminal));
    }
}
