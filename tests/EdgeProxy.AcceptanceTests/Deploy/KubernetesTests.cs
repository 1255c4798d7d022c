using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.Hosting;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Deploy;

/// <summary>The manifests in <c>deploy/</c> and in the pages, by Kubernetes' own schema and by what the pages say of them.</summary>
public sealed partial class KubernetesTests
{
    private static readonly string[] Pages = ["docs/kubernetes.md", "docs/drain.md"];
    private static readonly string[] Kinds = ["ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service"];

    [Fact]
    public async Task EveryManifest_IsCleanByTheSchema()
    {
        var fragments = Pages.SelectMany(static page => Fence().Matches(Read(page)).Select(static match => match.Groups["text"].Value))
            .Where(static text => text.Contains("apiVersion:", StringComparison.Ordinal)).ToList();
        Assert.True(fragments.Count >= Pages.Length, "The pages have no manifests any more.");

        var judged = await JudgeAsync([Manifest, .. fragments]);

        Assert.All(judged, static item => Assert.True(item.Problems is [], item.ToString()));
        Assert.Empty(Kinds.Except(judged.Select(static item => item.Kind)));
    }

    [Theory]
    [InlineData("replicas: 2", "replica: 2")]
    [InlineData("containerPort: 8080", "containerPort: http")]
    [InlineData("preStop:", "prestop:")]
    [InlineData("mountPath: /tmp", "mountpath: /tmp")]
    [InlineData("image: edgeproxy:latest", "imagePullPolicy: Sometimes")]
    [InlineData("name: http, containerPort", "name: http, port")]
    public async Task BrokenManifest_IsMarked(string right, string wrong)
    {
        Assert.Contains(right, Manifest, StringComparison.Ordinal);

        var judged = await JudgeAsync([Manifest.Replace(right, wrong, StringComparison.Ordinal)]);

        Assert.Contains(judged, static item => item.Problems.Length > 0);
    }

    [Fact]
    public async Task Deployment_GivesStreamsTheTimeToEnd_AndTheKubeletAWayIn()
    {
        var judged = await JudgeAsync([Manifest]);
        var config = JsonNode.Parse((string)Only(judged, "ConfigMap")["data"]!["proxy.json"]!)!;
        var pod = Only(judged, "Deployment")["spec"]!["template"]!["spec"]!;
        var container = pod["containers"]![0]!;
        var drain = TimeSpan.Parse((string)config["EdgeProxy"]!["Drain"]!["Timeout"]!, CultureInfo.InvariantCulture);
        var admin = new Uri((string)config["EdgeProxy"]!["Admin"]!["Url"]!);

        Assert.Empty(Errors(config.ToJsonString()));
        Assert.True((int)pod["terminationGracePeriodSeconds"]! > (int)container["lifecycle"]!["preStop"]!["sleep"]!["seconds"]! + drain.TotalSeconds + 10);
        Assert.Contains(container["ports"]!.AsArray(), port => (string)port!["name"]! == "admin" && (int)port["containerPort"]! == admin.Port);
        Assert.Equal("0.0.0.0", admin.Host);
        Assert.Equal("/healthz/live", (string)container["livenessProbe"]!["httpGet"]!["path"]!);
        Assert.All(container["volumeMounts"]!.AsArray(), static mount => Assert.Null(mount!["subPath"]));
        Assert.DoesNotContain(Only(judged, "Service")["spec"]!["ports"]!.AsArray(), static port => (string)port!["targetPort"]! != "http");
    }

    private static string Manifest { get; } = Read("deploy/kubernetes.yaml");

    private static JsonObject Only(JudgedObject[] judged, string kind) => Assert.Single(judged, item => item.Kind == kind).Value;

    private static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static IReadOnlyList<string> Errors(string json)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, json);
            return [.. EdgeProxyHost.Check(new() { ConfigPaths = [file], ReadEnvironment = false }).Errors.Select(static error => error.ToString())];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<JudgedObject[]> JudgeAsync(string[] texts)
    {
        var request = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(request, JsonSerializer.Serialize(new { texts }));
            return await NodeClient.RunAsync<JudgedObject[]>("kubernetes", ["kubernetes-models", "typescript", "yaml"], request);
        }
        finally
        {
            File.Delete(request);
        }
    }

    [GeneratedRegex(@"^```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
