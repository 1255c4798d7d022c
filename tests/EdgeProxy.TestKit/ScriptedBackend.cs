using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.TestKit;

/// <summary>
/// A real backend on the loopback, HTTP/1.1 on one port and HTTP/2 without TLS on another, whose answers a test scripts.
/// The script is looked for under the request's <see cref="ScriptHeader"/>, then in the queue, then it is <see cref="Default"/>.
/// </summary>
internal sealed class ScriptedBackend : IAsyncDisposable
{
    /// <summary>A request with this header gets the script of that name, so that tests can share a backend.</summary>
    public const string ScriptHeader = "x-script";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<BackendExchange, Task>> _named = new();
    private readonly ConcurrentQueue<Func<BackendExchange, Task>> _queue = new();
    private readonly ConcurrentQueue<BackendExchange> _exchanges = new();
    private readonly Channel<BackendExchange> _arrived = Channel.CreateUnbounded<BackendExchange>();

    private ScriptedBackend(WebApplication app)
    {
        _app = app;
        app.UseWebSockets();
        app.Run(ServeAsync);
    }

    /// <summary>The address that speaks HTTP/1.1.</summary>
    public Uri Http1 { get; private set; } = null!;

    /// <summary>The address that speaks HTTP/2 with prior knowledge.</summary>
    public Uri H2c { get; private set; } = null!;

    /// <summary>The answer to a request that no other script is for. Unless set, a 500.</summary>
    public Func<BackendExchange, Task> Default { get; set; } = static exchange => exchange.AnswerAsync(500, "text/plain", "no script");

    /// <summary>Whether a request's body is read to its end before the script begins. True unless set.</summary>
    public bool ReadBodies { get; set; } = true;

    /// <summary>All requests so far, in the order of their arrival.</summary>
    public IReadOnlyCollection<BackendExchange> Exchanges => _exchanges;

    /// <summary>Starts one; with a script, that is the <see cref="Default"/>.</summary>
    public static async Task<ScriptedBackend> StartAsync(Func<BackendExchange, Task>? script = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.Zero);

        // A flush is done when the kernel has its bytes: a fault that follows cannot overtake them, and what is written is what was taken.
        builder.WebHost.UseSockets(static sockets => sockets.MaxWriteBufferSize = 1);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.AddServerHeader = false;
            kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.UTF8;
            kestrel.Listen(IPAddress.Loopback, 0, static options => options.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, static options => options.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var backend = new ScriptedBackend(app);
        backend.Default = script ?? backend.Default;
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.ToArray();
        backend.Http1 = new Uri(addresses[0]);
        backend.H2c = new Uri(addresses[1]);
        return backend;
    }

    /// <summary>The answer to the next request that names no script.</summary>
    public void Enqueue(Func<BackendExchange, Task> script) => _queue.Enqueue(script);

    /// <summary>The answer to every request with this <see cref="ScriptHeader"/>.</summary>
    public void On(string name, Func<BackendExchange, Task> script) => _named[name] = script;

    /// <summary>The next request that arrives, or has arrived and was not asked for yet.</summary>
    public async Task<BackendExchange> NextAsync() => await _arrived.Reader.ReadAsync(Patience.Token());

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var exchange = new BackendExchange(context);
        try
        {
            if (ReadBodies)
            {
                await exchange.ReadBodyAsync();
            }

            _exchanges.Enqueue(exchange);
            _arrived.Writer.TryWrite(exchange);
            await ScriptFor(exchange)(exchange);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The proxy has left; the test sees it in the exchange.
        }
    }

    private Func<BackendExchange, Task> ScriptFor(BackendExchange exchange)
    {
        if (exchange.Headers.TryGetValue(ScriptHeader, out var name) && _named.TryGetValue(name, out var named))
        {
            return named;
        }

        return _queue.TryDequeue(out var queued) ? queued : Default;
    }
}
