using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.Commands;

/// <summary>
/// A chat backend with the habits that EdgeProxy is for. The request's <c>model</c> picks one: <see cref="Slow"/>, <see cref="Late429"/>,
/// <see cref="Cut"/>; any other answers at once.
/// </summary>
internal sealed class DemoBackend : IAsyncDisposable
{
    /// <summary>Thinks for <see cref="ThinkingTime"/> before its first byte, and pauses as long in the middle.</summary>
    public const string Slow = "slow";

    /// <summary>Thinks, then answers 429.</summary>
    public const string Late429 = "late-429";

    /// <summary>Breaks its connection in the middle of its answer.</summary>
    public const string Cut = "cut";

    /// <summary>How long the backend keeps its clients waiting.</summary>
    public static readonly TimeSpan ThinkingTime = TimeSpan.FromSeconds(2.5);

    private static readonly string[] Words = ["Streams ", "that ", "always ", "end ", "cleanly", "."];

    private readonly WebApplication _app;
    private readonly TimeProvider _timeProvider;

    private DemoBackend(WebApplication app, TimeProvider timeProvider)
    {
        _app = app;
        _timeProvider = timeProvider;
    }

    /// <summary>Where the backend listens.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    /// <summary>Starts the backend on a free loopback port.</summary>
    public static async Task<DemoBackend> StartAsync(TimeProvider timeProvider)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var backend = new DemoBackend(app, timeProvider);
        app.Run(backend.AnswerAsync);
        await app.StartAsync();
        return backend;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        string? model;
        try
        {
            var request = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            model = request?["model"]?.GetValue<string>();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("""{"error":{"message":"The body is not a chat request.","type":"invalid_request_error","code":"invalid_json","param":null}}""");
            return;
        }

        switch (model)
        {
            case Slow:
                await PauseAsync(context, ThinkingTime);
                await AnswerWithWordsAsync(context, pauseAfter: 3, cutAfter: null);
                break;
            case Late429:
                await PauseAsync(context, ThinkingTime);
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                context.Response.ContentType = "application/json";
                context.Response.Headers.RetryAfter = "20";
                await context.Response.WriteAsync("""{"error":{"message":"Rate limit reached for demo-model. Try again in 20 s.","type":"rate_limit_error","code":"rate_limit_exceeded","param":null}}""");
                break;
            case Cut:
                await AnswerWithWordsAsync(context, pauseAfter: null, cutAfter: 3);
                break;
            default:
                await AnswerWithWordsAsync(context, pauseAfter: null, cutAfter: null);
                break;
        }
    }

    private async Task AnswerWithWordsAsync(HttpContext context, int? pauseAfter, int? cutAfter)
    {
        context.Response.ContentType = "text/event-stream";
        for (var i = 0; i < Words.Length; i++)
        {
            if (i == cutAfter)
            {
                // In the middle of an event, as a killed process does.
                await context.Response.WriteAsync("data: {\"id\":\"demo\",\"choi");
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            }

            await PauseAsync(context, i == pauseAfter ? ThinkingTime : TimeSpan.FromMilliseconds(150));
            await context.Response.WriteAsync(Chunk($"{{\"content\":\"{Words[i]}\"}}", "null"));
            await context.Response.Body.FlushAsync();
        }

        await context.Response.WriteAsync(Chunk("{}", "\"stop\"") + "data: [DONE]\n\n");
    }

    private Task PauseAsync(HttpContext context, TimeSpan time) => Task.Delay(time, _timeProvider, context.RequestAborted);

    private static string Chunk(string delta, string finishReason) => string.Create(
        CultureInfo.InvariantCulture,
        $"data: {{\"id\":\"demo\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finishReason}}}]}}\n\n");
}
