using System.CommandLine;
using EdgeProxy.Admin;
using EdgeProxy.Hosting;
using Microsoft.AspNetCore.Builder;

namespace EdgeProxy.Commands;

/// <summary><c>edgeproxy demo</c>: shows in ten seconds what the product does, and what happens without it.</summary>
internal static class DemoCommand
{
    private const string PreferredUrl = "http://127.0.0.1:8080";
    private const string AnyPort = "http://127.0.0.1:0";
    private const string Path = "/v1/chat/completions";

    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Exit after the three scenes, with 0 when they ended as they should and 1 when not." };
        var command = new Command("demo", "Runs the proxy with an embedded backend that is late, fails late and dies, and shows what a client gets with and without it.")
        {
            once,
        };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(once), parsed.InvocationConfiguration.Output, TimeProvider.System, cancellationToken));
        return command;
    }

    /// <summary>Plays the scenes; then serves on until cancelled, unless <paramref name="once"/>.</summary>
    /// <returns>0 when every scene ended as it should, else 1.</returns>
    public static async Task<int> RunAsync(bool once, TextWriter output, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var console = new DemoConsole(output, timeProvider, useColours: ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected);
        await using var backend = await DemoBackend.StartAsync(timeProvider);
        await using var proxy = await StartProxyAsync(backend.Address, timeProvider);
        var proxyUrl = proxy.Urls.First();
        // The proxy's host takes Ctrl+C and SIGTERM.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, proxy.Lifetime.ApplicationStopping);
        try
        {
            return await RunAsync(once, console, backend.Address, proxyUrl, timeProvider, ending.Token);
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
    }

    private static async Task<int> RunAsync(
        bool once, DemoConsole console, string backendUrl, string proxyUrl, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        Introduce(console, backendUrl, proxyUrl);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var client = new DemoClient(http, timeProvider);
        var failed = 0;
        foreach (var scene in DemoScene.All)
        {
            failed += await PlayAsync(scene, client, console, backendUrl, proxyUrl, cancellationToken) ? 0 : 1;
        }

        console.Line("");
        if (once)
        {
            console.Line(failed == 0 ? "All three ended as they should." : $"{failed} of the three did not end as they should.");
        }
        else
        {
            Invite(console, proxyUrl);
            await WaitForAsync(cancellationToken);
        }

        return failed == 0 ? 0 : 1;
    }

    private static void Introduce(DemoConsole console, string backendUrl, string proxyUrl)
    {
        console.Line($"""
            EdgeProxy demo: a chat backend on {backendUrl}, EdgeProxy in front of it on {proxyUrl}.
            Each question is asked twice, side by side: directly, and through EdgeProxy. Both go through a pretended CDN that
            drops a connection on which nothing came for {DemoClient.CdnLimit.TotalSeconds:0} s (real ones allow 10 to 120 s).
            """);
    }

    private static async Task<bool> PlayAsync(
        DemoScene scene, DemoClient client, DemoConsole console, string backendUrl, string proxyUrl, CancellationToken cancellationToken)
    {
        console.Heading(scene.Title);
        var direct = client.AskAsync(new Uri(backendUrl + Path), scene.Model, line => console.Stream("direct", line), cancellationToken);
        var proxied = client.AskAsync(new Uri(proxyUrl + Path), scene.Model, line => console.Stream("EdgeProxy", line), cancellationToken);
        await Task.WhenAll(direct, proxied);
        var answer = await proxied;
        var isGood = scene.EndedAsItShould(answer);
        console.Stream("EdgeProxy", isGood ? $"✓ {scene.Saved}" : $"✗ this should not have happened: {answer}");
        return isGood;
    }

    private static void Invite(DemoConsole console, string proxyUrl)
    {
        console.Line($$"""
            Still serving. Try it yourself ("model" may be {{DemoBackend.Slow}}, {{DemoBackend.Late429}}, {{DemoBackend.Cut}}, or anything else for an answer at once):

              curl -N {{proxyUrl}}{{Path}} -H 'Content-Type: application/json' -d '{"model":"{{DemoBackend.Slow}}","stream":true}'

            Ctrl+C ends it.
            """);
    }

    private static async Task<WebApplication> StartProxyAsync(string backendUrl, TimeProvider timeProvider)
    {
        try
        {
            return await StartProxyAsync(backendUrl, PreferredUrl, timeProvider);
        }
        catch (IOException)
        {
            // The port is taken; any other will do.
            return await StartProxyAsync(backendUrl, AnyPort, timeProvider);
        }
    }

    private static async Task<WebApplication> StartProxyAsync(string backendUrl, string url, TimeProvider timeProvider)
    {
        var app = EdgeProxyHost.Create(new EdgeProxyHostSettings
        {
            ConfigPaths = [],
            ReadEnvironment = false,
            Time = timeProvider,
            Settings = new Dictionary<string, string?>
            {
                ["urls"] = url,
                [AdminAddress.Key] = AnyPort,
                ["Logging:LogLevel:Default"] = "None",
                ["ReverseProxy:Routes:demo:ClusterId"] = "demo",
                ["ReverseProxy:Routes:demo:Match:Path"] = "/{**rest}",
                ["ReverseProxy:Clusters:demo:Destinations:backend:Address"] = backendUrl,
                ["EdgeProxy:StreamPolicies:Default:Primer:After"] = "00:00:01",
                ["EdgeProxy:StreamPolicies:Default:KeepAlive:Interval"] = "00:00:01",
            },
        });
        try
        {
            await app.StartAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private static async Task WaitForAsync(CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource();
        using var registration = cancellationToken.Register(ended.SetResult);
        await ended.Task;
    }
}
