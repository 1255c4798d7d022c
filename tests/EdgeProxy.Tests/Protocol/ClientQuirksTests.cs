using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

public sealed class ClientQuirksTests
{
    [Theory]
    [InlineData("OpenAI/Go 1.12.0", true)]
    [InlineData("OpenAI/Go 0.1.0-alpha.62", true)]
    [InlineData("OpenAI/Go 2.99.9", true)]
    [InlineData("OpenAI/Go 3.0.0", true)]
    [InlineData("OpenAI/Go 3.42.0", true)]
    [InlineData("OpenAI/Go 3.9", true)]
    [InlineData("openai/go 3.42.1", true)]
    [InlineData("my-agent/1.0 OpenAI/Go 3.1.0 (linux)", true)]
    [InlineData("OpenAI/Go 3.43.0", false)]
    [InlineData("OpenAI/Go 3.43.0-beta.1", false)]
    [InlineData("OpenAI/Go 3.100.0", false)]
    [InlineData("OpenAI/Go 4.0.0", false)]
    [InlineData("OpenAI/Go 30.1.0", false)]
    [InlineData("OpenAI/Python 1.12.0", false)]
    [InlineData("OpenAI/JS 3.42.0", false)]
    [InlineData("Azure-OpenAI/Go 3.42.0", false)]
    [InlineData("OpenAI/Golang 1.0.0", false)]
    [InlineData("Anthropic/Go 1.0.0", false)]
    [InlineData("OpenAI/Go", false)]
    [InlineData("OpenAI/Go ", false)]
    [InlineData("OpenAI/Go x", false)]
    [InlineData("OpenAI/Go 3", false)]
    [InlineData("OpenAI/Go 3.", false)]
    [InlineData("OpenAI/Go 3.x", false)]
    [InlineData("OpenAI/Go 3 42", false)]
    [InlineData("OpenAI/Go -1.0", false)]
    [InlineData("OpenAI/Go 99999999999999999999.1", false)]
    [InlineData("OpenAI/Go 3.99999999999999999999", false)]
    [InlineData("\0\uFFFF", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void NeedsSingleNewline_UserAgent_KnowsOldOpenAIGo(string? userAgent, bool expected) =>
        Assert.Equal(expected, ClientQuirks.NeedsSingleNewline(userAgent));
}
