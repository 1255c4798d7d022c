using System.Text.RegularExpressions;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>The built <c>edgeproxy</c> as a process of its own, on free ports: HTTP/1.1, HTTP/2 by prior knowledge, and the admin listener.</summary>
internal sealed partial class EdgeProxyProcess : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ExternalProcess _process;
    private readonly List<string> _lines = [];
    private Task _reading = Task.CompletedTask;

    private EdgeProxyProcess(string folder, ExternalProcess process)
    {
        _folder = folder;
        _process = process;
    }

    public Uri Http1 { get; private set; } = null!;

    public Uri H2c { get; private set; } = null!;

    public Uri Admin { get; private set; } = null!;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has logged so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Starts one and waits until it listens.</summary>
    public static async Task<EdgeProxyProcess> StartAsync(ProxyConfig config)
    {
        config.Section("EdgeProxy", "Admin")["Url"] = "http://127.0.0.1:0";
        foreach (var (name, protocol) in new[] { ("A", "Http1"), ("B", "Http2") })
        {
            var endpoint = config.Section("Kestrel", "Endpoints", name);
            endpoint["Url"] = "http://127.0.0.1:0";
            endpoint["Protocols"] = protocol;
        }

        var folder = Directory.CreateTempSubdirectory("edgeproxy-test-").FullName;
        var file = Path.Combine(folder, "proxy.json");
        await File.WriteAllTextAsync(file, config.ToString(), TestContext.Current.CancellationToken);
        var process = ExternalProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "edgeproxy.dll"), "--config", file], folder);
        var proxy = new EdgeProxyProcess(folder, process);
        var addresses = await proxy.ReadUntilAsync(Listening());
        proxy.Http1 = new Uri(addresses.Groups[1].Value);
        proxy.H2c = new Uri(addresses.Groups[2].Value);
        proxy.Admin = new Uri((await proxy.ReadUntilAsync(AdminListening())).Groups[1].Value);
        proxy._reading = proxy.ReadOnAsync();
        return proxy;
    }

    public Task SignalAsync(string name) => _process.SignalAsync(name);

    /// <summary>Waits for its end; its log is whole then.</summary>
    public async Task<int> ExitCodeAsync()
    {
        var code = await _process.ExitCodeAsync(Patience.Limit);
        await _reading;
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<Match> ReadUntilAsync(Regex pattern)
    {
        while (await _process.Output.ReadLineAsync(Patience.Token()) is { } line)
        {
            Keep(line);
            if (pattern.Match(line) is { Success: true } match)
            {
                return match;
            }
        }

        throw new InvalidOperationException($"edgeproxy did not start: {_process.Errors}");
    }

    private async Task ReadOnAsync()
    {
        while (await _process.Output.ReadLineAsync() is { } line)
        {
            Keep(line);
        }
    }

    private void Keep(string line)
    {
        lock (_lines)
        {
            _lines.Add(line);
        }
    }

    [GeneratedRegex("EdgeProxy listens on (http://[^ ,]+), (http://[^ ,]+): ")]
    private static partial Regex Listening();

    [GeneratedRegex("admin listener is on (http://.+)$")]
    private static partial Regex AdminListening();
}
