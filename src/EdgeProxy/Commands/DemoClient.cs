using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Commands;

/// <summary>
/// A client behind a pretended CDN: as real ones do, it drops a connection on which nothing came for <see cref="CdnLimit"/>.
/// Prints every line of the stream when it comes.
/// </summary>
internal sealed class DemoClient(HttpClient http, TimeProvider timeProvider)
{
    /// <summary>The pretended CDN's limit, for the first byte and between bytes. Real ones allow 10 to 120 s.</summary>
    public static readonly TimeSpan CdnLimit = TimeSpan.FromSeconds(2);

    /// <summary>Asks one question and prints what comes.</summary>
    public async Task<DemoAnswer> AskAsync(Uri url, string model, Action<string> print, CancellationToken cancellationToken)
    {
        var reading = new Reading(print);
        using var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        silence.CancelAfter(CdnLimit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","stream":true,"messages":[]}"""))
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
            };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, aborted.Token);
            print($"HTTP {(int)response.StatusCode} {response.Content.Headers.ContentType?.MediaType}");
            using var body = await response.Content.ReadAsStreamAsync(aborted.Token);
            var buffer = new byte[4096];
            while (await body.ReadAsync(buffer, aborted.Token) is > 0 and var count)
            {
                silence.CancelAfter(CdnLimit);
                reading.Add(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            reading.Break($"the CDN gives up: nothing came for {CdnLimit.TotalSeconds:0} s (a real one answers 504)");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            reading.Break("the connection broke off: is this text whole?");
        }

        return reading.Answer;
    }

    /// <summary>Takes the stream's text apart, line by line. A demo's eyes: the tests' are an independent parser.</summary>
    private sealed class Reading(Action<string> print)
    {
        private readonly StringBuilder _words = new();
        private string _rest = "";
        private string? _errorCode;
        private string? _broken;
        private int _dones;
        private int _keepAlives;

        public DemoAnswer Answer => new(_words.ToString(), _errorCode, _dones, _keepAlives, _broken);

        public void Add(string text)
        {
            var lines = (_rest + text).Split('\n');
            _rest = lines[^1];
            foreach (var line in lines.AsSpan(0, lines.Length - 1))
            {
                See(line);
            }
        }

        public void Break(string why)
        {
            if (_rest.Length > 0)
            {
                print(_rest + " …");
            }

            _broken = why;
            print($"✗ {why}");
        }

        private void See(string line)
        {
            if (line.Length == 0)
            {
                return;
            }

            print(line);
            if (line.StartsWith(':'))
            {
                _keepAlives++;
            }
            else if (line == "data: [DONE]")
            {
                _dones++;
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                Read(line["data: ".Length..]);
            }
        }

        private void Read(string json)
        {
            try
            {
                var data = JsonNode.Parse(json);
                _errorCode ??= data?["error"]?["code"]?.GetValue<string>();
                _words.Append(data?["choices"]?[0]?["delta"]?["content"]?.GetValue<string>());
            }
            catch (JsonException)
            {
                // A demo prints what it cannot read all the same.
            }
        }
    }
}
