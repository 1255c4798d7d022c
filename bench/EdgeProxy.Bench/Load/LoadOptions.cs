using System.Net;

namespace EdgeProxy.Bench.Load;

/// <summary>What the load generator is to do; the command's options say the same in words.</summary>
internal sealed record LoadOptions
{
    public required Uri Target { get; init; }

    public required IPEndPoint Backend { get; init; }

    public StreamMode Scenario { get; init; }

    public int Streams { get; init; } = 1;

    public double Rate { get; init; } = 20;

    public int Bytes { get; init; } = 200;

    public int Batch { get; init; } = 1;

    public double Warmup { get; init; } = 2;

    public double Seconds { get; init; } = 5;

    public int RampPerSecond { get; init; } = 2000;

    public int? Cpu { get; init; }

    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Each answer ends by itself, and the next request follows on its connection.</summary>
    public bool IsClosedLoop => Scenario is StreamMode.FirstByte or StreamMode.Short or StreamMode.Large;

    /// <summary>The target's address.</summary>
    public IPEndPoint EndPoint => AddressOf(Target);

    /// <summary>The path that requests go to; it ends as OpenAI's does, because proxies know the API by that.</summary>
    public string Path
    {
        get
        {
            const string End = "/chat/completions";
            var path = Target.AbsolutePath.TrimEnd('/');
            return path.EndsWith(End, StringComparison.Ordinal) ? path : path.Length == 0 ? "/v1" + End : path + End;
        }
    }

    /// <summary>The IPv4 address and port of a URL.</summary>
    public static IPEndPoint AddressOf(Uri url) =>
        new(IPAddress.TryParse(url.Host, out var address) ? address : IPAddress.Loopback, url.Port);
}
