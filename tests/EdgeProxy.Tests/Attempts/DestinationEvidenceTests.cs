using EdgeProxy.Attempts;

namespace EdgeProxy.Tests.Attempts;

/// <summary>What an attempt says of its destination.</summary>
public sealed class DestinationEvidenceTests
{
    private static readonly int[] RetryStatuses = [408, 429, 500, 502, 503, 504];

    [Theory]
    [InlineData(200, "Good")]
    [InlineData(204, "Good")]
    [InlineData(302, "Good")]
    [InlineData(400, "SaysNothing")]
    [InlineData(401, "SaysNothing")]
    [InlineData(404, "SaysNothing")]
    [InlineData(408, "SaysNothing")]
    [InlineData(429, "SaysNothing")]
    [InlineData(499, "SaysNothing")]
    [InlineData(500, "Bad")]
    [InlineData(501, "SaysNothing")]
    [InlineData(503, "Bad")]
    [InlineData(504, "Bad")]
    [InlineData(529, "Bad")]
    public void Status_IsJudged(int status, string verdict) => Assert.Equal(verdict, new DestinationEvidence { Status = status }.Judge(RetryStatuses).ToString());

    [Theory]
    [InlineData(0, "Bad")]
    [InlineData(200, "Bad")]
    [InlineData(400, "SaysNothing")]
    [InlineData(429, "SaysNothing")]
    [InlineData(500, "Bad")]
    [InlineData(501, "Bad")]
    [InlineData(529, "Bad")]
    public void ErrorAsFirstEvent_IsJudgedByTheStatusItNames(int status, string verdict) =>
        Assert.Equal(verdict, new DestinationEvidence { Status = status, IsErrorEvent = true }.Judge(RetryStatuses).ToString());

    [Theory]
    [InlineData(200)]
    [InlineData(429)]
    [InlineData(503)]
    public void SilentOrBroken_IsBad_WhateverItsStatus(int status)
    {
        Assert.Equal(DestinationVerdict.Bad, new DestinationEvidence { Status = status, WasSilent = true }.Judge(RetryStatuses));
        Assert.Equal(DestinationVerdict.Bad, new DestinationEvidence { Status = status, IsBroken = true }.Judge(RetryStatuses));
    }

    [Fact]
    public void CalledOffOrRejected_SaysNothing_WhateverElseCameOfIt()
    {
        var bad = new DestinationEvidence { Status = 503, IsBroken = true, WasSilent = true, IsErrorEvent = true };

        Assert.Equal(DestinationVerdict.SaysNothing, (bad with { WasCalledOff = true }).Judge(RetryStatuses));
        Assert.Equal(DestinationVerdict.SaysNothing, (bad with { IsRejection = true }).Judge(RetryStatuses));
    }

    [Fact]
    public void StatusThatIsNotTriedAgain_SaysNothing() =>
        Assert.Equal(DestinationVerdict.SaysNothing, new DestinationEvidence { Status = 500 }.Judge([503]));
}
