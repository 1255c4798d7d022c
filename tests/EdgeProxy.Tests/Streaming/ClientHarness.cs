using System.Text;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.Streaming;
using EdgeProxy.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Tests.Streaming;

/// <summary>A client's stream on a clock that a test moves, over a response body that a test can block.</summary>
internal sealed class ClientHarness
{
    public ClientHarness(DialectKind dialect = DialectKind.Generic, ClientStreamSettings? settings = null, string? userAgent = null)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(Body);
        context.Request.Headers.UserAgent = userAgent;
        Context = context;
        Stream = new ClientStream(context, Dialect.Of(dialect), settings ?? StreamSettings.Default, "req-1", Time);
    }

    public HttpContext Context { get; }

    public TestResponseBody Body { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public ClientStream Stream { get; }

    /// <summary>A stream that the primer has opened.</summary>
    public static async Task<ClientHarness> CommittedAsync(DialectKind dialect = DialectKind.Generic, ClientStreamSettings? settings = null)
    {
        var harness = new ClientHarness(dialect, (settings ?? StreamSettings.Default) with { PrimerAfter = TimeSpan.Zero });
        await harness.Stream.ExpectEventsAsync();
        harness.Body.Clear();
        return harness;
    }

    /// <summary>Lets time pass, and the sweep come by at its end.</summary>
    public void Pass(double seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        Stream.Tick();
    }

    public ValueTask WriteAsync(string text) => Stream.WriteAsync(Encoding.UTF8.GetBytes(text));
}
