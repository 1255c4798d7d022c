using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.Bench.Soak;

/// <summary>The backend that misbehaves as it is told in each request's <see cref="SoakScript.Header"/>, on two addresses.</summary>
internal sealed class SoakBackend : IAsyncDisposable
{
    /// <summary>The answer to a plain request.</summary>
    public const string Json = """{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"soak"},"finish_reason":"stop"}]}""";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<long, int> _attempts = new();

    private SoakBackend(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <summary>Starts it.</summary>
    public static async Task<SoakBackend> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseUrls("http://127.0.0.1:0", "http://127.0.0.1:0").UseKestrel(static options =>
        {
            options.Limits.MinResponseDataRate = null;
            options.Limits.MinRequestBodyDataRate = null;
        });
        var app = builder.Build();
        var backend = new SoakBackend(app);
        app.Run(backend.ServeAsync);
        await app.StartAsync();
        backend.Addresses = [.. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];
        return backend;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var script = SoakScript.Parse(context.Request.Headers[SoakScript.Header].ToString());
        var left = context.RequestAborted;
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, left);
            await WaitAsync(script.FirstMs, left);
            switch (script.Kind)
            {
                case SoakKind.Json:
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync(Json, left);
                    break;
                case SoakKind.Refused or SoakKind.LargeBodyRefused:
                    await RefuseAsync(context, script.Id % 2 == 0 ? 503 : 429);
                    break;
                case SoakKind.Retried when _attempts.TryAdd(script.Id, 1):
                    await RefuseAsync(context, 503);
                    break;
                default:
                    _attempts.TryRemove(script.Id, out _);
                    await StreamAsync(context, script);
                    break;
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The proxy has given the request up.
        }
    }

    private static async Task StreamAsync(HttpContext context, SoakScript script)
    {
        var (body, left) = (context.Response.Body, context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        for (var n = 0; n < script.Events; n++)
        {
            var bytes = script.Dialect.Event(script, n);
            if (n == script.FailAfter && script.Kind is (SoakKind.Reset or SoakKind.Close or SoakKind.EndEarly or SoakKind.Stall))
            {
                await body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), left);
                await body.FlushAsync(left);
                await FailAsync(context, script.Kind);
                return;
            }

            await body.WriteAsync(bytes, left);
            await body.FlushAsync(left);
            await WaitAsync(script.PaceMs, left);
        }

        await context.Response.WriteAsync(script.Dialect.Terminal, left);
        if (script.Id % 3 != 0 && script.Dialect.TerminalData == "[DONE]")
        {
            await context.Response.WriteAsync("data: [DONE]\n\n", left);
        }
    }

    private static async Task FailAsync(HttpContext context, SoakKind kind)
    {
        switch (kind)
        {
            case SoakKind.Reset:
                context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Close(0);
                context.Abort();
                break;
            case SoakKind.Close:
                context.Abort();
                break;
            case SoakKind.Stall:
                await WaitAsync(Timeout.Infinite, context.RequestAborted);
                break;
            default:
                break;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("""{"error":{"message":"The soak says no.","type":"server_error","code":"soak","param":null}}""", context.RequestAborted);
    }

    private static Task WaitAsync(int milliseconds, CancellationToken left) =>
        milliseconds == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, left);
}
