using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.PassThrough;

/// <summary>Header values beyond ASCII, which a proxy has no business to judge.</summary>
public sealed class HeaderBytesTests
{
    [Theory]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"model":"m","stream":true}""")]
    public async Task HeaderBeyondAscii_PassesBothWaysByteForByte(string body)
    {
        const string Value = "café ✓ 日本";
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:01:00" } }""", exchange =>
            exchange.AnswerAsync(418, "application/json", "{}", ("x-mine", exchange.Headers["x-mine"])));
        await using var client = await stage.AskAsync(headers: $"x-mine: {Value}\r\n", body: body);

        var head = await client.ReadHeadAsync();

        // The client reads heads as Latin-1: the bytes are what counts.
        Assert.Equal((418, Value), (head.Status, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(head.Headers["x-mine"]))));
        Assert.Equal(Value, (await stage.Backend.NextAsync()).Headers["x-mine"]);
    }
}
