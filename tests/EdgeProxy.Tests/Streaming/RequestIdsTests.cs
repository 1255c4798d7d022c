using EdgeProxy.Streaming;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Tests.Streaming;

public sealed class RequestIdsTests
{
    public static TheoryData<string[], bool> Headers => new()
    {
        { ["req_1-a.b:c/d"], true },
        { [new string('x', 128)], true },
        { [new string('x', 129)], false },
        { [""], false },
        { [], false },
        { ["a", "b"], false },
        { ["with space"], false },
        { ["line\nend"], false },
        { ["ümlaut"], false },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void CallersId_IsKeptOnlyIfItMayBeRepeated(string[] header, bool kept)
    {
        var id = RequestIds.From(new StringValues(header));

        Assert.Equal(kept, header.Contains(id));
        Assert.True(RequestIds.IsValid(id));
    }
}
