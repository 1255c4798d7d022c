using System.Buffers;
using System.Text;

namespace EdgeProxy.Bench.Soak;

/// <summary>The clients: as many exchanges at a time as asked for, one after another, each checked.</summary>
internal sealed class SoakClient(Uri proxy, SoakTally tally, int seed) : IDisposable
{
    /// <summary>How long a client bears without a byte. The keep-alives are a second apart; the machine may be busy.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, MaxConnectionsPerServer = int.MaxValue })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private long _id;
    private int _running;

    /// <summary>How many exchanges run now.</summary>
    public int Running => Volatile.Read(ref _running);

    public void Dispose() => _http.Dispose();

    /// <summary>Keeps exchanges going until <paramref name="stop"/>; those that run then go on to their end.</summary>
    /// <param name="streams">How many at a time; they begin within ten seconds, not all at once.</param>
    /// <param name="stop">No new exchange after it.</param>
    /// <param name="cut">Ends those that still run.</param>
    public Task RunAsync(int streams, CancellationToken stop, CancellationToken cut) => Task.WhenAll(Enumerable.Range(0, streams).Select(async number =>
    {
        var random = new Random(HashCode.Combine(seed, number));
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(10_000)), TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stop.IsCancellationRequested)
        {
            await ExchangeAsync(SoakScript.Draw(Interlocked.Increment(ref _id), random), cut);
        }
    }));

    private async Task ExchangeAsync(SoakScript script, CancellationToken cut)
    {
        Interlocked.Increment(ref _running);
        var check = new AnswerCheck(script);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cut);
        using var leave = new CancellationTokenSource(script.Kind == SoakKind.LeaveEarly ? TimeSpan.FromMilliseconds(script.FailAfter) : Silence, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, leave.Token);
        string outcome;
        try
        {
            outcome = await AskAsync(script, check, leave, either.Token);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            outcome = "cut by the soak's end";
        }
        catch (OperationCanceledException) when (script.Kind == SoakKind.LeaveEarly)
        {
            outcome = "left";
        }
        catch (OperationCanceledException)
        {
            outcome = "silent";
            check.Note($"no byte for {Silence.TotalSeconds:0} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            outcome = "cut";
            check.Note($"the connection broke: {failure.Message}");
        }

        tally.Add(script, outcome, check.Violation);
        Interlocked.Decrement(ref _running);
    }

    private async Task<string> AskAsync(SoakScript script, AnswerCheck check, CancellationTokenSource silence, CancellationToken cancellation)
    {
        var streaming = script.Kind == SoakKind.Json ? "false" : "true";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy, script.Path))
        {
            Content = new StringContent($$"""{"model":"m","stream":{{streaming}},"messages":"{{new string('p', script.BodyBytes)}}"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add(SoakScript.Header, script.ToString());
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var status = (int)answer.StatusCode;
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        if (status != 200 || script.Kind == SoakKind.Json)
        {
            return await CheckPlainAsync(script, check, status, body, cancellation);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(script.Kind == SoakKind.Huge ? 65_536 : 8_192);
        try
        {
            while (await body.ReadAsync(buffer, cancellation) is > 0 and var count)
            {
                check.Read(buffer.AsSpan(0, count));
                if (script.Kind == SoakKind.LeaveLate && check.Events >= script.FailAfter)
                {
                    return "left";
                }

                if (script.Kind == SoakKind.SlowReader)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System, cancellation);
                }

                if (script.Kind != SoakKind.LeaveEarly)
                {
                    silence.CancelAfter(Silence);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return check.End();
    }

    private static async Task<string> CheckPlainAsync(SoakScript script, AnswerCheck check, int status, Stream body, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await body.CopyToAsync(bytes, cancellation);
        if (status == 200)
        {
            if (Encoding.UTF8.GetString(bytes.ToArray()) != SoakBackend.Json)
            {
                check.Note("a JSON answer that is not the backend's");
            }

            return "whole JSON";
        }

        var code = AnswerCheck.CodeOf(bytes.ToArray());
        if (code is null)
        {
            check.Note($"a bare {status}");
        }

        if (script.MustBeWhole)
        {
            check.Note($"{status} {code} for a good backend");
        }

        return $"HTTP {status} {code}";
    }
}
