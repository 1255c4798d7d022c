using System.Buffers;
using System.Text;
using System.Text.Json;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

public sealed class ErrorObjectTests
{
    private static readonly StreamFailure Failure = new()
    {
        Code = "rate_limit_exceeded",
        Type = "rate_limit_error",
        Message = "Slow down",
        Status = 429,
        Source = FailureSource.Upstream,
    };

    [Fact]
    public void Write_Failure_TellsAllOfIt()
    {
        var failure = Failure with { Param = "model", RetryAfter = TimeSpan.FromSeconds(12), Attempts = 3 };

        Assert.Equal(
            """{"message":"Slow down","type":"rate_limit_error","param":"model","code":"rate_limit_exceeded","status":429,"request_id":"req-1","retry_after":12,"attempts":3,"source":"upstream"}""",
            Write(failure, "req-1"));
    }

    [Fact]
    public void Write_NothingOptionalKnown_HasANullParamAndNoRetryAfter() => Assert.Equal(
        """{"message":"Slow down","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded","status":429,"request_id":"","source":"edge"}""",
        Write(Failure with { Source = FailureSource.Edge }, ""));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-5, "0")]
    [InlineData(0.25, "0.25")]
    [InlineData(1.23456, "1.235")]
    [InlineData(86400, "86400")]
    public void Write_RetryAfter_IsANumberOfSeconds(double seconds, string expected) =>
        Assert.Contains($"\"retry_after\":{expected},", Write(Failure with { RetryAfter = TimeSpan.FromSeconds(seconds) }, "r"), StringComparison.Ordinal);

    [Fact]
    public void Write_LongestRetryAfter_IsStillANumber()
    {
        using var json = JsonDocument.Parse(Write(Failure with { RetryAfter = TimeSpan.MaxValue }, "r"));

        Assert.True(json.RootElement.GetProperty("retry_after").GetDouble() > 1e11);
    }

    [Theory]
    [MemberData(nameof(HostileTexts.Names), MemberType = typeof(HostileTexts))]
    public void Write_HostileText_StaysOneLineOfAsciiAndIsTheTextAgain(string name)
    {
        var text = HostileTexts.All[name];

        var written = Write(Failure with { Message = text, Type = text, Code = text, Param = text }, text);

        Assert.DoesNotContain(written, letter => letter is < ' ' or > '~');
        Assert.True(written.Length < 6 * (ErrorObject.MaxMessageLength + (4 * ErrorObject.MaxWordLength)) + 200);
        using var json = JsonDocument.Parse(written);
        AssertText(text, json.RootElement.GetProperty("message").GetString()!, ErrorObject.MaxMessageLength);
        foreach (var member in new[] { "type", "code", "param", "request_id" })
        {
            AssertText(text, json.RootElement.GetProperty(member).GetString()!, ErrorObject.MaxWordLength);
        }
    }

    [Theory]
    [InlineData("", 3, "")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "abc")]
    [InlineData("ab😀", 3, "ab")]
    [InlineData("ab😀", 4, "ab😀")]
    [InlineData("a😀b", 3, "a😀")]
    public void Clip_LongText_EndsBeforeAPairItWouldSplit(string text, int limit, string expected) =>
        Assert.Equal(expected, ErrorObject.Clip(text, limit));

    private static void AssertText(string expected, string actual, int limit)
    {
        // What UTF-8 makes of the text: half a pair is U+FFFD.
        var readable = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(expected));
        Assert.True(actual.Length <= limit);
        Assert.True(actual.Length >= Math.Min(readable.Length, limit - 1));
        Assert.StartsWith(actual, readable, StringComparison.Ordinal);
    }

    private static string Write(StreamFailure failure, string requestId)
    {
        var output = new ArrayBufferWriter<byte>();
        ErrorObject.Write(output, failure, requestId);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
