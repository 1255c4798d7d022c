using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 6, 8, 49, 7, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("120", 120)]
    [InlineData(" 7 ", 7)]
    [InlineData("007", 7)]
    [InlineData("1.5", 1.5)]
    [InlineData("Fri, 06 Nov 2026 08:49:37 GMT", 30)]
    [InlineData("Friday, 06-Nov-26 08:49:37 GMT", 30)]
    [InlineData("Fri Nov  6 08:49:37 2026", 30)]
    [InlineData("Fri, 06 Nov 2026 08:49:00 GMT", 0)]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", 0)]
    [InlineData("99999999999999999999", 365 * 86400)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 365 * 86400)]
    public void Parse_SecondsOrDate_GivesTheWait(string value, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Parse(value, Now));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("5s")]
    [InlineData("5, 5")]
    [InlineData("1,000")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("soon")]
    [InlineData("Fri, 99 Nov 2026 08:49:37 GMT")]
    [InlineData("\u0665")]
    public void Parse_AnythingElse_GivesNull(string? value)
    {
        Assert.Null(RetryAfter.Parse(value, Now));
        Assert.Null(RetryAfter.ParseSeconds(value));
        Assert.Null(RetryAfter.ParseMilliseconds(value));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("250", 250)]
    [InlineData("1250.5", 1250.5)]
    [InlineData("99999999999999999999", 365 * 86400_000d)]
    public void ParseMilliseconds_Number_GivesTheWait(string value, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), RetryAfter.ParseMilliseconds(value));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("34.5", 34.5)]
    public void ParseSeconds_Number_GivesTheWait(string value, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.ParseSeconds(value));

    [Fact]
    public void ParseSecondsOrMilliseconds_Date_GivesNull()
    {
        Assert.Null(RetryAfter.ParseSeconds("Fri, 06 Nov 2026 08:49:37 GMT"));
        Assert.Null(RetryAfter.ParseMilliseconds("Fri, 06 Nov 2026 08:49:37 GMT"));
    }
}
