using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Deploy;

/// <summary>The alert rules in <c>deploy/</c>, by Prometheus' own tool: they are well-formed, and they fire when they should and not when all is well.</summary>
public sealed class PrometheusTests
{
    [Theory]
    [InlineData("check", "prometheus-rules.yaml")]
    [InlineData("test", "prometheus-rules.test.yaml")]
    public async Task AlertRules_AreClean(string command, string file)
    {
        var promtool = RealPart.Program("promtool");

        await using var process = ExternalProcess.Start(promtool, [command, "rules", Path.Combine(Repository.Root, "deploy", file)]);
        var output = await process.OutputAsync(Patience.Limit);

        Assert.True(await process.ExitCodeAsync(Patience.Limit) == 0, output + process.Errors);
        Assert.Contains("SUCCESS", output, StringComparison.Ordinal);
    }
}
