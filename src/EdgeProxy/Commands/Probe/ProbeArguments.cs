using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using EdgeProxy.Protocol;

namespace EdgeProxy.Commands.Probe;

/// <summary>The command line of a probe, with curl's names where curl has one.</summary>
internal sealed class ProbeArguments
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    private readonly Argument<string> _url = new("url") { Description = "The http:// or https:// URL to open." };

    private readonly Option<string?> _data = new("--data", "-d")
    {
        HelpName = "json",
        Description = "The request's body; @file reads it from a file, - from the standard input. Makes the request a POST with Content-Type: application/json.",
    };

    private readonly Option<string[]> _headers = new("--header", "-H")
    {
        HelpName = "name: value",
        Description = "A header of the request. Repeatable; without a value it keeps a header from being sent; @file reads headers from a file, a line each. Values are never printed.",
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<string?> _method = new("--method", "-X", "--request") { HelpName = "method", Description = "The method. Default: POST with --data, else GET." };

    private readonly Option<string> _timeout = new("--timeout", "-m", "--max-time")
    {
        HelpName = "time",
        Description = "The longest time that the whole probe may take, in seconds or as hh:mm:ss.",
        DefaultValueFactory = static _ => "00:10:00",
    };

    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = "Accept any certificate." };

    private readonly Option<bool> _http1 = new("--http1.1") { Description = "Speak HTTP/1.1 only. Default: HTTP/2 where TLS agrees upon it." };

    private readonly Option<bool> _http2 = new("--http2") { Description = "Speak HTTP/2 only, over http:// by prior knowledge." };

    private readonly Option<string[]> _resolve = new("--resolve")
    {
        HelpName = "host:port:address",
        Description = "Connect to this address in place of what the name stands for: one node, or past the CDN. Repeatable.",
        DefaultValueFactory = static _ => [],
    };

    private readonly Option<DialectKind?> _dialect = new("--dialect") { Description = "The API family whose habits the stream is judged by. Default: what the path tells." };

    /// <summary>Adds them to the command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_url);
        command.Options.Add(_data);
        command.Options.Add(_headers);
        command.Options.Add(_method);
        command.Options.Add(_timeout);
        command.Options.Add(_insecure);
        command.Options.Add(_http1);
        command.Options.Add(_http2);
        command.Options.Add(_resolve);
        command.Options.Add(_dialect);
        command.Validators.Add(Check);
    }

    /// <summary>What the command line asks for; reads the files that it names.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="FormatException">A file of headers holds something else.</exception>
    public async Task<ProbeRequest> ReadAsync(ParseResult parsed, CancellationToken cancellationToken) => new()
    {
        Url = Url(parsed.GetValue(_url))!,
        Method = parsed.GetValue(_method),
        Headers = await ReadHeadersAsync(parsed.GetValue(_headers)!, cancellationToken),
        Data = await ReadDataAsync(parsed.GetValue(_data), cancellationToken),
        Timeout = Time(parsed.GetValue(_timeout))!.Value,
        Insecure = parsed.GetValue(_insecure),
        Http = parsed.GetValue(_http1) ? ProbeHttp.Http1 : parsed.GetValue(_http2) ? ProbeHttp.Http2 : ProbeHttp.Any,
        Resolve = parsed.GetValue(_resolve)!.Select(static text => Resolved(text)!.Value).ToDictionary(static entry => entry.Key, static entry => entry.Value),
        Dialect = parsed.GetValue(_dialect),
    };

    private void Check(CommandResult command)
    {
        if (Given(command, _url) is [var url] && Url(url) is null)
        {
            command.AddError($"'{ServerText.Escape(url)}' is no http:// or https:// URL without user and password (those go into --header 'Authorization: …').");
        }

        foreach (var text in Given(command, _headers).Where(static text => text[..Math.Min(1, text.Length)] != "@" && Header(text) is null))
        {
            command.AddError($"--header '{ServerText.Escape(NameOf(text))}' is no header (Name: value).");
        }

        foreach (var method in Given(command, _method).Where(static method => !IsToken(method)))
        {
            command.AddError($"--method '{ServerText.Escape(method)}' is no method.");
        }

        foreach (var text in Given(command, _timeout).Where(static text => Time(text) is null))
        {
            command.AddError($"--timeout '{ServerText.Escape(text)}' is no time of at most a day, in seconds or as hh:mm:ss.");
        }

        foreach (var text in Given(command, _resolve).Where(static text => Resolved(text) is null))
        {
            command.AddError($"--resolve '{ServerText.Escape(text)}' is not host:port:address.");
        }

        if (command.GetValue(_http1) && command.GetValue(_http2))
        {
            command.AddError("--http1.1 and --http2 exclude each other.");
        }
    }

    private static IReadOnlyList<string> Given(CommandResult command, Argument argument) => Values(command.GetResult(argument));

    private static IReadOnlyList<string> Given(CommandResult command, Option option) => Values(command.GetResult(option));

    private static IReadOnlyList<string> Values(SymbolResult? given) => given is null ? [] : [.. given.Tokens.Select(static token => token.Value)];

    private static Uri? Url(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0 ? url : null;

    private static TimeSpan? Time(string? text)
    {
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint;
        TimeSpan? time = decimal.TryParse(text, Plain, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds((double)Math.Min(seconds, (decimal)LongestTimeout.TotalSeconds + 1))
            : TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var exact) ? exact : null;
        return time > TimeSpan.Zero && time <= LongestTimeout ? time : null;
    }

    private static KeyValuePair<(string Host, int Port), IPAddress>? Resolved(string text)
    {
        var parts = text.Split(':', 3);
        return parts.Length == 3
            && parts[0].Length > 0
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && IPAddress.TryParse(parts[2], out var address)
            ? KeyValuePair.Create((parts[0].ToUpperInvariant(), port), address)
            : null;
    }

    private static KeyValuePair<string, string>? Header(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var value = colon < 0 ? "" : text[(colon + 1)..].Trim(' ', '\t');
        return colon > 0 && IsToken(text[..colon]) && !value.Any(static letter => char.IsControl(letter) && letter != '\t')
            ? KeyValuePair.Create(text[..colon], value)
            : null;
    }

    /// <summary>What may be printed of a header that is none: its value may be a credential.</summary>
    private static string NameOf(string header) => header.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? $"{header[..colon]}: …" : "…";

    /// <summary>RFC 9110, 5.6.2.</summary>
    private static bool IsToken(string text) =>
        text.Length > 0 && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter, StringComparison.Ordinal));

    private static async Task<IReadOnlyList<KeyValuePair<string, string>>> ReadHeadersAsync(string[] texts, CancellationToken cancellationToken)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var text in texts)
        {
            var lines = text.StartsWith('@') ? await File.ReadAllLinesAsync(text[1..], cancellationToken) : [text];
            headers.AddRange(lines
                .Where(static line => line.Length > 0)
                .Select(line => Header(line) ?? throw new FormatException($"--header '{ServerText.Escape(text)}': the file holds a line that is no header (Name: value).")));
        }

        return headers;
    }

    private static async Task<byte[]?> ReadDataAsync(string? text, CancellationToken cancellationToken)
    {
        switch (text)
        {
            case null:
                return null;
            case "-" or "@-":
                await using (var input = Console.OpenStandardInput())
                {
                    using var data = new MemoryStream();
                    await input.CopyToAsync(data, cancellationToken);
                    return data.ToArray();
                }

            case ['@', .. var file]:
                return await File.ReadAllBytesAsync(file, cancellationToken);
            default:
                return System.Text.Encoding.UTF8.GetBytes(text);
        }
    }
}
