using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.TestKit;

/// <summary>One request as it reached a <see cref="ScriptedBackend"/>, and the means to answer it byte by byte.</summary>
internal sealed class BackendExchange
{
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _written;

    public BackendExchange(HttpContext context)
    {
        Context = context;
        Method = context.Request.Method;
        PathAndQuery = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        Protocol = context.Request.Protocol;
        foreach (var (name, values) in context.Request.Headers)
        {
            Headers[name] = values.ToString();
        }

        context.RequestAborted.Register(() => _aborted.TrySetResult());
    }

    /// <summary>The backend's own context, for what the helpers below do not do.</summary>
    public HttpContext Context { get; }

    public string Method { get; }

    /// <summary>Path and query as they stood on the wire.</summary>
    public string PathAndQuery { get; }

    /// <summary><c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public string Protocol { get; }

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The request's whole body; empty until it was read.</summary>
    public byte[] Body { get; private set; } = [];

    /// <summary>The request's body as text.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body);

    /// <summary>How many bytes of the answer's body were written and taken by the transport.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Completes when the proxy has given the request up.</summary>
    public Task Aborted => _aborted.Task.WaitAsync(Patience.Limit, TimeProvider.System);

    /// <summary>Whether the proxy has given the request up.</summary>
    public bool IsAborted => _aborted.Task.IsCompleted;

    /// <summary>Cancelled when the proxy gives the request up.</summary>
    public CancellationToken AbortedToken => Context.RequestAborted;

    /// <summary>Reads the request's body to its end.</summary>
    public async Task ReadBodyAsync()
    {
        using var body = new MemoryStream();
        await Context.Request.Body.CopyToAsync(body, Context.RequestAborted);
        Body = body.ToArray();
    }

    /// <summary>Sends status and headers now, before any of the body.</summary>
    public async Task SendHeadAsync(int status = 200, string? contentType = "text/event-stream", params (string Name, string Value)[] headers)
    {
        SetHead(status, contentType, headers);
        await Context.Response.StartAsync();
        await Context.Response.Body.FlushAsync();
    }

    /// <summary>Sets status and headers; they leave with the first write.</summary>
    public void SetHead(int status = 200, string? contentType = "text/event-stream", params (string Name, string Value)[] headers)
    {
        Context.Response.StatusCode = status;
        Context.Response.ContentType = contentType;
        foreach (var (name, value) in headers)
        {
            Context.Response.Headers.Append(name, value);
        }
    }

    /// <summary>Writes text and flushes it.</summary>
    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes and flushes them.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await Context.Response.Body.WriteAsync(bytes, Context.RequestAborted);
        await Context.Response.Body.FlushAsync(Context.RequestAborted);
        Interlocked.Add(ref _written, bytes.Length);
    }

    /// <summary>A whole answer with a known length.</summary>
    public async Task AnswerAsync(int status, string? contentType, ReadOnlyMemory<byte> body, params (string Name, string Value)[] headers)
    {
        SetHead(status, contentType, headers);
        Context.Response.ContentLength = body.Length;
        await Context.Response.Body.WriteAsync(body);
    }

    /// <inheritdoc cref="AnswerAsync(int, string, ReadOnlyMemory{byte}, ValueTuple{string, string}[])"/>
    public Task AnswerAsync(int status, string? contentType, string body, params (string Name, string Value)[] headers) =>
        AnswerAsync(status, contentType, Encoding.UTF8.GetBytes(body), headers);

    /// <summary>An event stream in one write with a clean end.</summary>
    public Task StreamAsync(string body)
    {
        SetHead();
        return WriteAsync(body);
    }

    /// <summary>Waits until the proxy gives the request up.</summary>
    public async Task HangAsync()
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // That is what was waited for.
        }
    }

    /// <summary>
    /// Breaks the connection hard: a TCP reset over HTTP/1.1, <c>RST_STREAM</c> over HTTP/2. What was written just before may be lost
    /// with it, as in real life: a test that needs it waits at a <see cref="Gate"/> until it has arrived.
    /// </summary>
    public void Reset()
    {
        if (Context.Features.Get<IHttpResetFeature>() is { } http2)
        {
            http2.Reset(errorCode: 2);
            return;
        }

        var socket = Socket;
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
        Context.Abort();
    }

    /// <summary>Closes the connection in the middle of the body: a TCP end without terminating chunk. HTTP/2 has no such thing; there it is a reset.</summary>
    public void Cut()
    {
        if (Context.Features.Get<IHttpResetFeature>() is null)
        {
            // Not followed by an abort, which would send a reset after it: the server finds the socket shut when the script returns.
            Socket.Shutdown(SocketShutdown.Send);
            return;
        }

        Context.Abort();
    }

    /// <summary>Answers over HTTP/1.1 with bytes that no server would send, and ends the connection.</summary>
    public async Task RawAsync(string text)
    {
        await Socket.SendAsync(Encoding.Latin1.GetBytes(text));
        Socket.Shutdown(SocketShutdown.Send);
        Context.Abort();
    }

    private Socket Socket => Context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
}
