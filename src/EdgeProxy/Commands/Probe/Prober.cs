using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.Attempts;

namespace EdgeProxy.Commands.Probe;

/// <summary>Asks once, directly and without following redirects, and feeds the timeline with what comes and when.</summary>
internal sealed class Prober(ProbeRequest request, ProbeTimeline timeline, ServerText text, TimeProvider timeProvider)
{
    private const int MaxShownHeader = 200;
    private const int MaxShownFailure = 300;

    private long _start = timeProvider.GetTimestamp();

    /// <summary>The time since the probe began to look for the server: what a process needs to come to life is not the network's.</summary>
    public TimeSpan Elapsed => timeProvider.GetElapsedTime(Volatile.Read(ref _start));

    /// <summary>Asks, and reads until the end, the timeout, or <paramref name="interrupted"/>.</summary>
    public async Task<ProbeReport> RunAsync(CancellationToken interrupted)
    {
        using var timeout = new CancellationTokenSource(request.Timeout, timeProvider);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(interrupted, timeout.Token);
        var connector = new Connector(request, timeline, text, () => Elapsed, timeProvider);
        using var handler = CreateHandler(connector);
        using var client = new HttpMessageInvoker(handler);
        using var message = CreateMessage();
        var hasHead = false;
        try
        {
            using var response = await client.SendAsync(message, ending.Token);
            timeline.OnHead(Elapsed, HeadOf(response));
            hasHead = true;
            await ReadAsync(response, ending.Token);
            return timeline.End(Elapsed, timeline.HasEnough ? EndKind.Stopped : EndKind.Clean);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            var isInterrupted = interrupted.IsCancellationRequested;
            return timeline.End(Elapsed, isInterrupted ? EndKind.Interrupted : EndKind.TimedOut, isInterrupted ? "interrupted" : "the probe's time is over (--timeout)");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or InvalidDataException or OperationCanceledException)
        {
            return timeline.End(Elapsed, hasHead ? EndKind.Cut : connector.Missing, text.Show(Innermost(failure).Message, MaxShownFailure));
        }
    }

    [SuppressMessage("Security", "CA5359", Justification = "That is what --insecure asks for.")]
    private SocketsHttpHandler CreateHandler(Connector connector) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        ResponseDrainTimeout = TimeSpan.Zero,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ConnectCallback = (context, cancellationToken) =>
        {
            Volatile.Write(ref _start, timeProvider.GetTimestamp());
            return connector.ConnectAsync(context, cancellationToken);
        },
        PlaintextStreamFilter = connector.OnPlaintextAsync,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = request.Insecure ? static (_, _, _, _) => true : null,
        },
    };

    private HttpRequestMessage CreateMessage()
    {
        var message = new HttpRequestMessage(new HttpMethod(request.EffectiveMethod), request.Url)
        {
            Version = request.Http == ProbeHttp.Http1 || (request.Http == ProbeHttp.Any && request.Url.Scheme == Uri.UriSchemeHttp) ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = request.Http == ProbeHttp.Any ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact,
            Content = request.Data is { } data ? new TimedContent(data, () => timeline.OnSent(Elapsed, data.Length)) : null,
        };
        SetDefault("User-Agent", "edgeproxy-probe");
        SetDefault("Accept", request.Data is null ? ResponseHead.EventStream : "*/*");
        if (request.Data is not null)
        {
            SetDefault("Content-Type", "application/json");
        }

        foreach (var (name, value) in request.Headers)
        {
            Add(name, value);
        }

        return message;

        void SetDefault(string name, string value)
        {
            if (!request.Headers.Any(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                Add(name, value);
            }
        }

        void Add(string name, string value)
        {
            if (value.Length > 0 && !message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    private async Task ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = Decode(await response.Content.ReadAsStreamAsync(cancellationToken), response.Content.Headers.ContentEncoding);
        var buffer = new byte[64 * 1024];
        while (!timeline.HasEnough && await body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            timeline.OnBytes(Elapsed, buffer.AsSpan(0, count));
        }
    }

    /// <summary>The probe asks for no encoding unless it is told to, but some send one all the same. One that is not known is read as it is.</summary>
    private static Stream Decode(Stream body, ICollection<string> encoding) => string.Join(',', encoding).ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => new GZipStream(body, CompressionMode.Decompress),
        "BR" => new BrotliStream(body, CompressionMode.Decompress),
        "DEFLATE" => new ZLibStream(body, CompressionMode.Decompress),
        _ => body,
    };

    private ResponseHead HeadOf(HttpResponseMessage response)
    {
        var contentType = Value(response.Content.Headers, "content-type");
        return new()
        {
            Status = (int)response.StatusCode,
            Reason = text.Show(response.ReasonPhrase ?? "", MaxShownHeader),
            HttpVersion = response.Version.Major > 1 ? $"{response.Version.Major}" : response.Version.ToString(2),
            Headers =
            [
                .. ResponseHead.Notable
                    .Select(name => KeyValuePair.Create(name, Value(response.Headers, name) ?? Value(response.Content.Headers, name)))
                    .Where(static header => header.Value is not null)
                    .Select(header => KeyValuePair.Create(header.Key, text.Show(header.Value!, MaxShownHeader))),
            ],
            IsEventStream = MediaTypes.IsEventStream(contentType),
            EndsWithConnection = response.Version.Major == 1
                && response.Headers.TransferEncodingChunked != true
                && Value(response.Content.Headers, "content-length") is null,
        };
    }

    private static string? Value(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    /// <summary>The outer ones only say that there is an inner one.</summary>
    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure;
    }

    /// <summary>A body that tells when it is on its way.</summary>
    private sealed class TimedContent(byte[] data, Action onSent) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(data);
            await stream.FlushAsync();
            onSent();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = data.Length;
            return true;
        }
    }
}
