using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace EdgeProxy.Bench.Load;

/// <summary>Speaks with the backend itself, past the proxy. Blocks: used outside the measuring window alone.</summary>
internal sealed class BackendControl : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = (int)Patience.TotalMilliseconds,
    };

    public BackendControl(IPEndPoint endPoint) => _socket.Connect(endPoint);

    /// <summary>Begins the backend's counts anew.</summary>
    public void Reset() => _ = Ask("POST /reset");

    /// <summary>Ends all streams well.</summary>
    public void Release() => _ = Ask("POST /release");

    /// <summary>The backend's counts; null where what answers is no backend of ours.</summary>
    public BackendStats? Stats()
    {
        var answer = Ask("GET /stats");
        return answer.StartsWith('{') ? JsonSerializer.Deserialize(answer, LoadJson.Default.BackendStats) : null;
    }

    public void Dispose() => _socket.Dispose();

    private string Ask(string line)
    {
        _ = _socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{line} HTTP/1.1\r\nHost: backend\r\nContent-Length: 0\r\n\r\n")));
        var parser = new HttpResponseParser();
        var buffer = new byte[4096];
        var body = new StringBuilder();
        while (true)
        {
            ReadOnlySpan<byte> input = buffer.AsSpan(0, _socket.Receive(buffer));
            if (input.IsEmpty)
            {
                throw new IOException("The backend closed the connection over which it is controlled.");
            }

            HttpPart part;
            while ((part = parser.Next(ref input, out var piece)) != HttpPart.NeedsMore)
            {
                if (part == HttpPart.Error)
                {
                    throw new IOException("What was named as the backend does not answer as one.");
                }

                _ = body.Append(Encoding.UTF8.GetString(piece));
                if (part == HttpPart.End)
                {
                    return body.ToString();
                }
            }
        }
    }
}
