using EdgeProxy.Commands;

namespace EdgeProxy.FunctionalTests;

public sealed class DemoTests
{
    [Fact]
    public async Task DemoOnce_ThreeScenesEndAsTheyShould()
    {
        using var output = new StringWriter();

        var exitCode = await DemoCommand.RunAsync(once: true, output, TimeProvider.System, TestContext.Current.CancellationToken);

        var text = output.ToString();
        Assert.True(exitCode == 0, text);
        Assert.Equal(3, text.Split('✓').Length - 1);
        Assert.Contains("direct    │ ✗ the CDN gives up", text, StringComparison.Ordinal);
        Assert.Contains("EdgeProxy │ data: [DONE]", text, StringComparison.Ordinal);
    }
}
