using System.Globalization;

namespace EdgeProxy.TestKit;

/// <summary>A response's head as it stood on the wire.</summary>
internal sealed record RawHead(int Status, string Reason, Dictionary<string, string> Headers, string Text)
{
    /// <summary>A header's value, or null.</summary>
    public string? this[string name] => Headers.GetValueOrDefault(name);

    public static RawHead Parse(string text)
    {
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var status = lines[0].Split(' ', 3);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var value = line[(colon + 1)..].Trim();
            headers[line[..colon]] = headers.TryGetValue(line[..colon], out var first) ? first + ", " + value : value;
        }

        return new RawHead(int.Parse(status[1], CultureInfo.InvariantCulture), status.Length > 2 ? status[2] : "", headers, text);
    }
}

/// <summary>The connection ended where it should not have.</summary>
internal sealed class RawConnectionException(string message) : Exception(message);
