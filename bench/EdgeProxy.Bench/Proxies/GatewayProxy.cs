using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace EdgeProxy.Bench.Proxies;

/// <summary>
/// An LLM gateway, Portkey's, as its npm package starts it: one Node.js process. It takes the backend from request headers; a
/// backend on the loopback has to be named as trusted. Its package names its own parts loosely, and with the newest of them every
/// stream is a 500 ("immutable"): they are pinned to the last ones with which it works.
/// </summary>
internal sealed class GatewayProxy : IProxyUnderTest
{
    private const string Package = "@portkey-ai/gateway";

    private const string Manifest = """
        {
          "private": true,
          "dependencies": { "@portkey-ai/gateway": "1.15.2", "hono": "4.9.7", "@hono/node-server": "1.14.0" },
          "overrides": { "hono": "$hono", "@hono/node-server": "$@hono/node-server" }
        }
        """;

    private static readonly string Folder = Path.Combine(Installed.Root, "artifacts", "bench", "gateway");
    private static readonly string Module = Path.Combine(Folder, "node_modules", Package);

    public string Name => ProxyCatalog.Gateway;

    /// <summary>Looks for the package, and tries once to install it with npm into a folder of the build's.</summary>
    public Availability Find()
    {
        if (Installed.Version("node", "--version") is { Missing: not null } noNode)
        {
            return noNode;
        }

        if (!File.Exists(Script) && !Install())
        {
            return Availability.Not($"npm could not install {Package}");
        }

        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Module, "package.json")));
        return Availability.Of(manifest.RootElement.GetProperty("version").GetString()!);
    }

    public async Task<RunningProxy> StartAsync(ProxyPlace place, CancellationToken cancellationToken)
    {
        var address = RunningProxy.FreeAddress();
        var process = PinnedProcess.Start(
            place.Cpus,
            "node",
            [Script, "--headless", $"--port={address.Port}"],
            place.Folder,
            environment: new Dictionary<string, string> { ["NODE_ENV"] = "production", ["TRUSTED_CUSTOM_HOSTS"] = "127.0.0.1,localhost" });
        return await RunningProxy.WhenListeningAsync(
            process,
            address,
            cancellationToken,
            ["x-portkey-provider: openai", $"x-portkey-custom-host: http://{place.Backend}/v1", "Authorization: Bearer none"]);
    }

    private static string Script => Path.Combine(Module, "build", "start-server.js");

    private static bool Install()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "package.json"), Manifest);
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", Folder, "--no-audit", "--no-fund", "--ignore-scripts"])
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
            })!;
            _ = npm.StandardOutput.ReadToEnd();
            npm.WaitForExit();
            return npm.ExitCode == 0 && File.Exists(Script);
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
